"""Catalogues: what is said when a text, a value or a language is missing, and one of something."""

from __future__ import annotations

from pathlib import Path

import pytest

from courage.i18n.catalogue import Catalogue, CatalogueError, Voice, load_catalogue


def test_a_key_that_a_language_lacks_is_said_in_english() -> None:
    catalogue = Catalogue({"en": {"a": "hello {name}"}, "fr": {}})
    assert catalogue.say("a", "fr", name="{Ann}") == "hello {Ann}"
    assert catalogue.say("a", "xx", name="Ann") == "hello Ann"


def test_an_unknown_key_and_a_missing_value_are_errors_that_name_them() -> None:
    catalogue = Catalogue({"en": {"a": "hello {name}"}})
    with pytest.raises(CatalogueError, match="'b'"):
        catalogue.say("b")
    with pytest.raises(CatalogueError, match="name"):
        catalogue.say("a")


def test_a_catalogue_that_is_not_texts_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "en.yml").write_text("a: 1\n")
    with pytest.raises(CatalogueError, match=r"en\.yml.*'a'"):
        load_catalogue(tmp_path)


def test_one_of_something_has_its_own_text_where_there_is_one() -> None:
    catalogue = Catalogue({"en": {"a": "{count} members", "a_one": "a member", "b": "{count} times"}})
    assert [catalogue.say("a", count=n) for n in (1, 2)] == ["a member", "2 members"]
    assert catalogue.say("b", count=1) == "1 times"


def test_a_name_that_no_catalogue_knows_is_shown_as_it_is() -> None:
    catalogue = Catalogue({"en": {"target_roma": "Roma"}, "fr": {"target_roma": "les Roms"}})
    assert catalogue.named("target", "roma", "fr") == "les Roms"
    assert catalogue.named("target", "other_people", "fr") == "other people"


def test_a_voice_speaks_a_persons_language_and_else_its_own() -> None:
    voice = Voice(Catalogue({"en": {"a": "yes"}, "fr": {"a": "oui"}, "de": {"a": "ja"}}), "fr")
    assert [voice.to(languages).say("a") for languages in ((), ("de", "en"))] == ["oui", "ja"]
