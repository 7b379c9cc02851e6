"""Catalogues: what is said when a text, a value or a language is missing, and the plurals of each language."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from courage.i18n.catalogue import Catalogue, CatalogueError, Voice, default_catalogue
from tests.unit.i18n.po import write


def test_a_key_that_a_language_lacks_is_said_in_english(tmp_path: Path) -> None:
    write(tmp_path, "en", {"a": "hello {name}", "b": ["one", "{count} things"]})
    write(tmp_path, "fr", {"c": "bonjour"})
    catalogue = Catalogue(tmp_path)
    assert catalogue.languages == ("en", "fr")
    assert catalogue.say("a", "fr", name="{Ann}") == "hello {Ann}"
    assert catalogue.say("a", "xx", name="Ann") == "hello Ann"
    assert catalogue.say("b", "fr", count=0) == "0 things"  # in English words, English plurals
    assert catalogue.choose(["xx", "fr", "en"]) == "fr"
    assert catalogue.choose([]) == "en"


def test_an_unknown_key_and_a_missing_value_are_errors_that_name_them(tmp_path: Path) -> None:
    catalogue = Catalogue(write(tmp_path, "en", {"a": "hello {name}", "c": ["one", "{count} things"]}))
    with pytest.raises(CatalogueError, match=r"'b' is in no catalogue"):
        catalogue.say("b")
    with pytest.raises(CatalogueError, match="name"):
        catalogue.say("a")
    with pytest.raises(CatalogueError, match=r"'c' needs a count"):
        catalogue.say("c")


def test_a_value_may_have_any_name(tmp_path: Path) -> None:
    catalogue = Catalogue(write(tmp_path, "en", {"a": "{language} {key} {self}"}))
    assert catalogue.say("a", "en", language="French", key="k", self="s") == "French k s"


def test_a_catalogue_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"en/LC_MESSAGES/courage\.po is missing"):
        Catalogue(tmp_path)
    write(tmp_path, "en", {})
    (tmp_path / "en" / "LC_MESSAGES" / "courage.po").write_bytes(b'msgid "a"\nmsgstr "\xff"\n')
    with pytest.raises(CatalogueError, match=r"en/LC_MESSAGES/courage\.po cannot be read"):
        Catalogue(tmp_path)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", {0: "{} sources", 1: "1 source", 2: "{} sources", 21: "{} sources"}),
        ("de", {1: "1 Quelle", 2: "{} Quellen"}),
        ("fr", {0: "0 source", 1: "1 source", 2: "{} sources"}),
        (
            "ar",
            {0: "بلا مصادر", 1: "مصدر واحد", 2: "مصدران", 3: "{} مصادر", 10: "{} مصادر", 11: "{} مصدرًا",
             99: "{} مصدرًا", 100: "{} مصدر", 103: "{} مصادر"},
        ),
    ],
)  # fmt: skip
def test_each_language_has_its_own_plurals(language: str, said: dict[int, str]) -> None:
    for count, text in said.items():
        assert default_catalogue().say("suggestion.sources", language, count=count) == text.format(count)


def test_a_name_that_no_catalogue_knows_is_shown_as_it_is() -> None:
    assert default_catalogue().named("target", "roma", "de") == "Sinti und Roma"
    assert default_catalogue().named("target", "other_people", "fr") == "other people"


def test_a_voice_speaks_a_persons_language_and_else_its_own(tmp_path: Path) -> None:
    for language, text in (("en", "yes"), ("fr", "oui"), ("de", "ja")):
        write(tmp_path, language, {"a": text})
    voice = Voice(Catalogue(tmp_path), "fr")
    assert [voice.to(languages).say("a") for languages in ((), ("de", "en"))] == ["oui", "ja"]


def test_saying_nothing_loads_nothing() -> None:
    program = "import sys, courage.i18n.catalogue; print('babel' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
