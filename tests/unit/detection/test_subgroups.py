"""Which subgroups a text names: the column of the lexicons, what matches carry, what a verdict says."""

from __future__ import annotations

from pathlib import Path

import pytest

from courage.detection.screener import Screener
from courage.detection.text.lexicons import load_lexicon
from courage.detection.text.matchers import matchers, named_subgroups, named_targets
from courage.errors import CourageError
from courage.taxonomy import LANGUAGES, SUBGROUPS


@pytest.mark.parametrize(
    ("language", "text", "codes"),
    [
        ("en", "christians are brainwashed", {"christians"}),
        ("en", "shia are no muslims", {"shia"}),
        ("en", "aboriginal people are lazy", {"indigenous"}),
        ("en", "black women talk too much", {"black_women"}),
        ("en", "people from elsewhere", set()),
        ("fr", "les réfugiés palestiniens", {"refugees", "palestinians"}),
        ("de", "transfrauen gehören nicht ins frauenbad", {"trans"}),
        ("de", "das sind doch jesiden", {"yazidis"}),
        ("ar", "المسيحيين لا مكان لهم هنا", {"christians"}),
    ],
)
def test_terms_name_their_subgroups(language: str, text: str, codes: set[str]) -> None:
    assert codes <= set(named_subgroups(matchers(language)(text)))
    assert bool(codes) == bool(named_subgroups(matchers(language)(text)))


def test_what_a_subgroup_belongs_to_is_named_with_it() -> None:
    assert named_subgroups(matchers("en")("black women talk too much")) == ("black_women", "black_people")
    assert "black_women" not in named_subgroups(matchers("en")("black people talk too much"))


def test_trans_women_name_no_women_and_black_women_do() -> None:
    assert [one.label for one in named_targets(matchers("en")("trans women should go"))] == ["lgbt"]
    assert {one.label for one in named_targets(matchers("en")("black women should go"))} == {
        "people_of_colour",
        "women",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_nearly_every_subgroup_has_a_word_in_every_language(language: str) -> None:
    named = {code for codes in load_lexicon(language).subgroups.values() for code in codes}
    # Peoples whom hate of that language hardly names.
    local = {
        "amazigh",
        "bidoon",
        "upper_egyptians",
        "east_germans",
        "jenische",
        "travellers",
        "arabs",
        "indigenous",
    }
    assert set(SUBGROUPS) - local <= named


def test_an_unknown_subgroup_is_named_with_file_and_line(tmp_path: Path) -> None:
    rows = "term\ttarget\tsingular_plural\tnote\tsubgroup\nwoman\twomen\tsingular\t\nelf\tother\tsingular\t\telves\n"
    (tmp_path / "identity-en.tsv").write_text(rows, encoding="utf-8")
    with pytest.raises(CourageError, match=r"identity-en\.tsv line 3: there is no subgroup 'elves'"):
        load_lexicon("en", tmp_path)


def test_a_lexicon_without_the_column_still_loads(tmp_path: Path) -> None:
    rows = "term\ttarget\tsingular_plural\tnote\nelf\tother\tsingular\tsmall\n"
    (tmp_path / "identity-en.tsv").write_text(rows, encoding="utf-8")
    lexicon = load_lexicon("en", tmp_path)
    assert lexicon.identity == {"elf": "other"}
    assert lexicon.subgroups == {}


@pytest.mark.slow  # loads the shipped detector
def test_a_verdict_says_the_subgroups_of_its_targets(screener: Screener) -> None:
    flagged = screener.screen("Trans women are disgusting perverts and should be locked up.")
    assert flagged.hateful
    assert flagged.subgroups == ("trans",)
    assert flagged.targets == ("lgbt",)
    assert screener.screen("My sister knows some trans women from the choir.").subgroups == ()


@pytest.mark.slow  # loads the shipped detector
@pytest.mark.parametrize(
    "text",
    [
        "Crachez sur les femmes voilées dès que vous en voyez une.",
        "Chez nous le portail reste fermé aux femmes en foulard, question de principe.",
    ],
)
def test_women_whom_hate_about_others_mentions_are_no_target(screener: Screener, text: str) -> None:
    flagged = screener.screen(text, "watchful")
    assert "muslims" in flagged.targets
    assert "women" not in flagged.targets


@pytest.mark.slow  # loads the shipped detector
def test_women_stay_the_target_of_hate_about_women(screener: Screener) -> None:
    assert "women" in screener.screen("Women are too stupid to vote and belong in the kitchen.").targets
