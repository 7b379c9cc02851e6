"""The catalogues are complete, and the check finds what would make them incomplete."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from courage import taxonomy
from courage.cases.cards import BUTTONS
from courage.cases.machine import STATUSES
from courage.cases.reasons import CODES as CASE_REASONS
from courage.detection.feedback import DECISIONS
from courage.detection.text.patterns import FRAMES
from courage.i18n.catalogue import FOLDER, default_catalogue
from courage.i18n.check import blanks, forms_of, key_of, problems, read
from courage.library.suggest.sayings import CODES as SAYINGS
from courage.people.organisations import OPERATOR
from courage.settings import Settings
from courage.taxonomy import CATEGORIES, LANGUAGES, ROLES, STATES, STRATEGIES, TARGET_GROUPS, TONES, VOICES
from tests.unit.i18n.po import write

FRAMES_KNOWN = {label for rules in FRAMES.values() for label in rules}
# The codes of each kind, all of them: a kind has words for these and for nothing else.
KINDS = {
    "card_status": set(STATUSES),
    "category": set(CATEGORIES) | {"none"},
    "defended": set(TARGET_GROUPS),
    "example": set(taxonomy.KINDS),
    "found": {
        "category",
        "target",
        "mention",
        "word",
        "disguised",
        "example",
        "as_written",
        "not_read",
        "repeats",
        *FRAMES_KNOWN,
    }
    | {f"{decision}{confirmed}" for decision in DECISIONS for confirmed in ("", "_confirmed")},
    "health": {"ok", "degraded", "down", "off"},
    "language": {*LANGUAGES, *taxonomy.READ_LANGUAGES, "und"},
    "role": {*ROLES, OPERATOR},
    "saying": set(SAYINGS),
    "severity": {"0", "1", "2", "3"},
    "state": set(STATES),
    "status": {*STATUSES, "summary"},
    "strategy": set(STRATEGIES),
    "response_kind": set(taxonomy.RESPONSE_KINDS),
    "situation": set(taxonomy.SITUATIONS),
    "subgroup": set(taxonomy.SUBGROUPS),
    "target": {*TARGET_GROUPS, "any"},
    "tone": set(TONES),
    "voice": set(VOICES),
    "why": {*CASE_REASONS, "also", "list"},
}


@pytest.mark.slow  # reads every source file
def test_nothing_is_missing_unused_or_untranslated() -> None:
    assert problems() == []


@pytest.mark.slow  # a process of its own
def test_the_check_is_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "courage.i18n.check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "the catalogues are complete")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_words_for_its_codes_and_no_others(kind: str) -> None:
    known = {key.removeprefix(f"{kind}.") for key in default_catalogue().keys if key.startswith(f"{kind}.")}
    assert known == KINDS[kind]


def test_every_button_of_a_card_has_words() -> None:
    assert not [key for key in BUTTONS if not default_catalogue().knows(f"button.{key}")]


def test_every_language_that_can_be_set_is_spoken() -> None:
    allowed = get_args(Settings.model_fields["language"].annotation)
    assert set(allowed) == set(LANGUAGES) == set(default_catalogue().languages)


def test_every_form_can_be_filled_in() -> None:
    for language, catalog in read(FOLDER).items():
        for message in catalog:
            for form in forms_of(message) if message.id else ():
                assert form.strip() == form, (language, key_of(message))
                form.format(**dict.fromkeys(blanks(form), 7))


@pytest.mark.parametrize(
    ("language", "texts", "said"),
    [
        ("fr", {"a": "bonjour {name}"}, "fr: b is untranslated"),
        ("fr", {"a": "bonjour {name}", "b": ["un", ""]}, "fr: b is untranslated"),
        ("fr", {"a": "bonjour {nom}", "b": ["un", "{count} choses"]}, "fr: a has other placeholders than English: name, nom"),
        ("fr", {"a": "bonjour {name", "b": ["un", "{count} choses"]}, "fr: a has braces that do not fit: expected '}' before end of string"),
        ("fr", {"a": "bonjour {name}", "b": "choses"}, "fr: b has plural forms in one language only"),
        ("ar", {"a": "{name}", "b": ["1", "2"]}, "ar: b is untranslated"),
        ("ar", {"a": "{name}", "b": ["0", "1", "2", "few", "{count}", "{count}"]}, "ar: b hides the number in plural form 3"),
        ("fr", {"a": "{name}", "b": ["un", "{count}"], "c": "de trop"}, "fr: c is not in the English catalogue"),
    ],
)  # fmt: skip
def test_the_check_names_what_is_wrong_with_a_translation(
    tmp_path: Path, language: str, texts: dict[str, str | list[str]], said: str
) -> None:
    write(tmp_path, "en", {"a": "hello {name}", "b": ["one", "{count} things"]})
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "x.py").write_text('say("a", name=1); say("b", count=1)')
    assert problems(tmp_path, [tmp_path / "code"]) == []
    write(tmp_path, language, texts)
    assert problems(tmp_path, [tmp_path / "code"]) == [said]


def test_the_check_names_keys_that_are_missing_and_unused(tmp_path: Path) -> None:
    write(
        tmp_path,
        "en",
        {
            "page.title": "x",
            "page.old": "x",
            "kind.a": "x",
            "help_member": "x",
            "command_x": "x",
            "n": "{count} things",
        },
    )
    code = tmp_path / "code"
    code.mkdir()
    (code / "page.html").write_text(
        '{{ t("page.title") }} {{ t("page.new") }} {{ code("kind", k) }} {{ code("gone", k) }}'
    )
    (code / "talk.py").write_text(
        'turn.say(f"{x}_{y}"); x = "help"; y = "member"\nturn.word(f"command_{x}")\nturn.word("nothing" if x else "n")'
    )
    assert problems(tmp_path, [code]) == [
        "en: n counts without plural forms",
        "talk.py:3: nothing is in no catalogue",
        "page.html: page.new is in no catalogue",
        "no key begins with gone., whose names the program says",
        "page.old is never said",
    ]


def test_one_term_is_one_term_in_every_language() -> None:
    texts = {
        language: " ".join(form for message in catalog if message.id for form in forms_of(message))
        for language, catalog in read(FOLDER).items()
    }
    for language, words in {
        "en": ("grave", "mended", "hateful word"),
        "fr": ("affirmation", "escalade", "Escalader", "dénonciation", "du desk", "gentil"),
        "de": ("Behauptung", "Zielgruppe", "Eingewanderte", "Hasswort", "aus dem Verkehr"),
        "ar": ("القضية", "قضايا", "تصعيد", "مزاعم", "ادعاء", "صفحة المكتب", "مدير المكتب", "الملونة"),
    }.items():
        found = [word for word in words if word in texts[language]]
        assert found == [], language


def test_the_word_for_narrative_is_the_same_wherever_it_is_said() -> None:
    catalogue = default_catalogue()
    for language, word in {"en": "arrative", "fr": "écit", "de": "arrativ", "ar": "سردي"}.items():
        for key in ("field.narratives", "response.narratives", "form.narratives_help", "saying.narrative_same",
                    "saying.narrative_similar", "saying.bare_insult", "saying.general"):  # fmt: skip
            assert word in catalogue.say(key, language), (language, key)
