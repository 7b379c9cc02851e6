"""Editorial rules: what a trainer would send back, and what they would sign, in four languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from courage.library.check import check_path
from courage.library.drafts import ResponseDraft, content_hash, from_mapping
from courage.library.errors import DraftError, ExchangeError
from courage.library.facts import Fact, fact_from_mapping, later, render
from courage.library.lint import Linter
from courage.library.starter import load_facts, load_seeds

TODAY = date(2026, 3, 1)
FACT = {
    "id": "displaced",
    "value": {"en": "58%", "de": "58 %"},
    "year": 2024,
    "publisher": "UNHCR",
    "title": "Global Trends",
    "locator": "table 2",
    "looked_up": "2026-01-10",
    "expect": "Ask which figure they mean.",
}


def linter(facts: dict[str, Fact] | None = None) -> Linter:
    return Linter(identify=lambda text: "und", today=lambda: TODAY, facts=lambda organisation_id: facts or {})


def broken(text: str, language: str = "en", facts: dict[str, Fact] | None = None, **changes: Any) -> set[int]:
    """Return the numbers of the editorial rules that a text breaks."""
    values: dict[str, Any] = {"strategy": "opinion", "general": True, **changes}
    found = linter(facts).check(ResponseDraft(text=text, language=language, **values))
    return {issue.editorial for issue in found if issue.editorial}


@pytest.mark.parametrize(
    ("rule", "language", "text", "changes"),
    [
        (1, "en", "Please stop.", {"longer": "Stop."}),
        (2, "en", "My Syrian neighbour fixed the bike of half the street.", {}),
        (2, "en", "I use a wheelchair and I work.", {}),
        (2, "fr", "Ma famille est manouche, et alors ?", {}),
        (2, "de", "Meine Kollegin aus Kabul hilft allen.", {}),
        (2, "ar", "جاري من السودان ساعد الجميع", {}),
        (3, "en", "As a Muslim I disagree.", {}),
        (3, "fr", "Je suis juive et je ne suis pas d’accord.", {}),
        (3, "de", "Wir Sinti kennen das.", {}),
        (3, "ar", "نحن المسلمين لا نقول هذا", {}),
        (3, "en", "That is not true.", {"voice": "member"}),
        (4, "en", "Everybody is shaken tonight.", {}),
        (4, "en", "You've told us often enough.", {}),
        (4, "de", "Nach dem Anschlag sind alle erschüttert.", {}),
        (4, "fr", "Dans notre quartier, personne ne parle comme ça.", {}),
        (4, "ar", "بعد الهجوم كلنا في صدمة", {}),
        (4, "en", "I've deleted it.", {"needs": ("after_attack",)}),
        (5, "en", "That is not so.", {"narratives": ("they lie",)}),
        (5, "en", "That is not so.", {"general": False}),
        (5, "en", "You are not alone.", {"kind": "support", "general": False, "narratives": ("they lie",)}),
        (6, "en", "Ask for my wallet too?", {"strategy": "humor", "general": False, "narratives": ("they smell",)}),
        (6, "de", "Na dann.", {"tone": "light", "general": False, "narratives": ("sie sind wie Ratten",)}),
        (6, "fr", "Ah bon ?", {"strategy": "humor", "general": False, "narratives": ("la Shoah est un mensonge",)}),
        (6, "ar", "حقاً؟", {"strategy": "humor", "general": False, "narratives": ("كلهم والإرهاب واحد",)}),
        (7, "en", "“They never work” is not true.", {}),
        (7, "en", "Migrants never want to work? No.", {"general": False, "narratives": ("migrants never want to work",)}),
        (8, "en", "About 58% stay close to home.", {}),
        (8, "en", "Three out of four stay close to home.", {}),
        (8, "de", "Zwei Drittel der Menschen bleiben in der Nähe.", {}),
        (8, "en", "So {fact:unknown} stay.", {}),
        (9, "en", "What if this is shown to your boss?", {}),
        (9, "en", "I know you're better than this.", {}),
        (9, "fr", "Tu vaux mieux que ça.", {}),
        (9, "de", "Ich weiß, dass du anders denkst.", {}),
        (9, "ar", "أعلم أنك أفضل", {}),
        (10, "en", "Removed under [rule]. Ask [contact].", {"kind": "boundary", "general": False}),
        (10, "en", "Please read the rules.", {"kind": "boundary", "general": False, "for_role": "moderator"}),
        (10, "en", "As a moderator I say no.", {}),
        (11, "de", "Das stimmt nicht.", {"translation_of": "en-any-opinion-001"}),
        (11, "ar", "ده مش صحيح", {}),
        (12, "en", "Just ignore it.", {"kind": "support", "general": False}),
        (12, "de", "Alles wird gut.", {"kind": "support", "general": False}),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_found(rule: int, language: str, text: str, changes: dict[str, Any]) -> None:
    assert rule in broken(text, language, **changes)


@pytest.mark.parametrize(
    ("language", "text", "changes"),
    [
        ("en", "You don't know all Muslims, and neither do I. Let's talk about what somebody did.", {}),
        ("en", "I met somebody there once: [your own example].", {}),
        ("en", "As a Muslim I disagree.", {"voice": "member"}),
        ("en", "Everybody is shaken tonight.", {"needs": ("after_attack",)}),
        ("en", "That is not so.", {"general": False, "narratives": ("they all lie to us",)}),
        ("en", "A guitar is not compulsory.", {"strategy": "humor", "general": False, "narratives": ("they only play music",)}),
        ("en", "So {fact:displaced} stay close to home (UNHCR, {fact:displaced.year}).", {}),
        ("en", "Removed under [rule]. Questions: [contact].", {"kind": "boundary", "general": False, "for_role": "moderator"}),
        ("fr", "Ses cheveux ne sont pas en libre-service. On demande, ou mieux : on s'abstient.", {}),
        ("de", "Unter Sinti gibt es Lehrerinnen, Handwerker, Steuerberater.", {}),
        ("ar", "مهما اختلفنا، لا يُهان إنسان هنا ولا تُكشف حياته الخاصة.", {}),
        ("ar", "ده مش صحيح", {"dialect": "egyptian"}),
        ("en", "You don't have to answer. Would you like company?", {"kind": "support", "general": False}),
    ],
)  # fmt: skip
def test_what_a_trainer_would_sign_passes(language: str, text: str, changes: dict[str, Any]) -> None:
    assert broken(text, language, {"displaced": fact_from_mapping(FACT)}, **changes) == set()


def test_a_fact_that_is_due_or_says_nothing_about_the_answer_is_found() -> None:
    fact = fact_from_mapping(FACT)
    text = "So {fact:displaced} stay."
    assert broken(text, facts={"displaced": replace(fact, due=date(2026, 2, 28))}) == {8}
    assert broken(text, facts={"displaced": replace(fact, expect={})}) == {8}
    assert broken(text, "fr", facts={"displaced": fact}) == {8}  # no value in French


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"locator": ""}, "locator is missing; name the link"),
        ({"looked_up": None}, "looked_up is missing"),
        ({"looked_up": "January"}, "looked_up 'January' is not a date"),
        ({"year": "soon"}, "year 'soon' is not a year"),
        ({"due": "2027-06-01"}, "at most 12 months later for statistics: by 2027-01-10"),
        ({"kind": "rumour"}, "allowed are statistics, survey"),
        ({"value": {"xx": "1"}}, "value has the language 'xx'"),
        ({"id": "Two words"}, "the fact's id 'Two words' is not valid"),
        ({"link": "x"}, "unknown field 'link'"),
    ],
)
def test_a_fact_says_where_it_stands_and_since_when(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DraftError, match=said):
        fact_from_mapping({**FACT, **change})


def test_due_dates_follow_the_kind_of_source() -> None:
    assert fact_from_mapping(FACT).due == date(2027, 1, 10)
    assert fact_from_mapping({**FACT, "kind": "ruling"}).due == date(2028, 1, 10)
    assert later(date(2026, 1, 31), 1) == date(2026, 2, 28)


def test_a_fact_shows_in_the_text_with_its_source() -> None:
    draft = from_mapping(
        {"text": "So {fact:displaced} ({fact:displaced.year}) stay.", "language": "de", "strategy": "facts"}
    )
    shown = render(draft, {"displaced": fact_from_mapping(FACT)})
    assert shown.text == "So 58 % (2024) stay."
    assert [(s.publisher, s.year, s.locator) for s in shown.sources] == [("UNHCR", 2024, "table 2")]
    with pytest.raises(DraftError, match="there is no fact 'displaced'"):
        render(draft, {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "joke"}, "kind 'joke' is not known; allowed are counter_narrative"),
        ({"needs": ["rain"]}, "needs 'rain' is not known; allowed are after_attack"),
        ({"subgroups": ["trans"], "targets": ["jews"]}, "'trans' belongs to lgbt"),
        ({"dialect": "egyptian"}, "dialect 'egyptian' is not known; none is allowed here"),
        ({"for_role": "volunteer"}, "for_role 'volunteer' is not known; allowed are moderator"),
        ({"general": "perhaps"}, "general 'perhaps' must be true or false"),
        ({"text": "So {fact:x.page}."}, "part of the fact 'x'"),
    ],
)
def test_new_fields_name_what_is_allowed(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DraftError, match=said):
        from_mapping({"text": "Hello.", "language": "en", "strategy": "opinion", **change})


def test_fields_that_say_nothing_leave_the_digest_of_older_responses_as_it_is() -> None:
    old = {"text": "Hello.", "language": "en", "strategy": "opinion"}
    assert content_hash(from_mapping(old).content()) == content_hash(
        from_mapping({**old, "kind": "counter_narrative", "needs": [], "general": False}).content()
    )
    assert content_hash(from_mapping(old).content()) != content_hash(
        from_mapping({**old, "general": True}).content()
    )


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_yml", ".yml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


FACTS_FILE = """- id: displaced
  value: {en: "58%"}
  year: 2024
  publisher: UNHCR
  title: Global Trends
  locator: table 2
  looked_up: 2026-01-10
  expect: Ask which figure they mean.
"""


def test_the_checker_names_rule_file_and_line_and_reads_on(tmp_path: Path) -> None:
    write(
        tmp_path,
        en__one_yml="- {id: a, text: Hello., language: en, strategy: opinion, general: true}\n"
        "- {id: b, language: en, strategy: opinion}\n\n"
        "- {id: c, text: My neighbour is kind., language: en, strategy: opinion, general: true}\n"
        "- {id: d, text: 'So {fact:displaced} stay.', language: en, strategy: facts, general: true}\n",
        en__two_yml="- {id: e, text: 'Hello!', language: en, strategy: opinion, general: true}\n- [\n",
        facts__un_yml=FACTS_FILE,
    )
    report = check_path(tmp_path, linter)
    told = [(f.file, f.line, f.id, f.rule, f.code) for f in report.findings]
    assert ("en/one.yml", 4, "c", 2, "life_story") in told
    assert ("en/one.yml", 2, "", 0, "unreadable") in told
    assert ("en/two.yml", 2, "", 0, "unreadable") in [(f, min(n, 2), i, r, c) for f, n, i, r, c in told]
    assert not [t for t in told if t[2] in ("a", "d")]
    assert "en/one.yml:4: c: rule 2 life_story" in "\n".join(f.pretty() for f in report.findings)
    one = check_path(tmp_path / "en" / "one.yml", linter)  # facts are found from a single file too
    assert (one.responses, one.facts) == (3, 1)
    with pytest.raises(ExchangeError, match="there is no file or folder"):
        check_path(tmp_path / "nowhere", linter)


def test_the_whole_library_is_brief_uses_its_facts_and_repeats_nothing(tmp_path: Path) -> None:
    long = "words that go on and on " * 9
    write(
        tmp_path,
        en__one_yml=f"- {{id: a, text: {long}, language: en, strategy: opinion, general: true}}\n"
        f"- {{id: b, text: {long} still, language: en, strategy: opinion, general: true}}\n",
        facts__un_yml=FACTS_FILE,
    )
    report = check_path(tmp_path, linter)
    assert {f.code for f in report.findings} == {"alike", "fact_unused", "few_brief"}
    assert ("en", "women", "facts", 0) in report.holes


def test_facts_files_are_no_responses(tmp_path: Path) -> None:
    write(tmp_path, en__one_yml="", facts__un_yml=FACTS_FILE)
    assert load_seeds(tmp_path) == []
    assert load_facts(tmp_path)["displaced"].value == {"en": "58%"}
