"""What stands in the way of approval."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from courage.library.drafts import SourceDraft
from courage.library.errors import LintError
from courage.library.lint import Linter
from courage.library.lint import codes as lint_codes

from .conftest import ANNA, BILAL, Kit, draft, verdict

GOOD_SOURCE = SourceDraft("Labour market report", "Office of Statistics", 2024)


def linter(**options: Any) -> Linter:
    return Linter(**{"identify": lambda text: "und", "today": lambda: date(2026, 3, 1), **options})


def codes(
    text: str = "They are our neighbours and friends.", *, level: str = "error", **changes: Any
) -> set[str]:
    return {issue.code for issue in linter().check(draft(text, **changes)) if issue.level == level}


@pytest.mark.parametrize(
    ("text", "changes", "code"),
    [
        ("Only an idiot would say so.", {}, "insult"),
        ("Nur ein Trottel sagt so etwas.", {"language": "de"}, "insult"),
        ("Quel abruti !", {"language": "fr"}, "insult"),
        ("أنت غبي", {"language": "ar"}, "insult"),
        ("STOP SAYING THAT NOW, please.", {}, "shouting"),
        ("Stop that!!!", {}, "shouting"),
        ("Write to help@example.org about it.", {}, "personal_data"),
        ("Call +49 30 1234567 for help.", {}, "personal_data"),
        ("Ask @some_person about it.", {}, "personal_data"),
        ("Ask @some:server.org about it.", {}, "personal_data"),
        ("Give to DE89 3704 0044 0532 0130 00.", {}, "personal_data"),
        ("About 80% of them work.", {}, "no_source"),
        ("Studies show that they work.", {}, "no_source"),
        ("Des études montrent le contraire.", {"language": "fr"}, "no_source"),
        ("Statistiken zeigen das Gegenteil.", {"language": "de"}, "no_source"),
        ("الدراسات تثبت العكس", {"language": "ar"}, "no_source"),
        ("They work.", {"strategy": "facts"}, "no_source"),
        ("They work.", {"sources": (SourceDraft("Report", "", 2020),)}, "bad_source"),
        ("They work.", {"sources": (SourceDraft("Report", "Press", 20_200),)}, "bad_source"),
        ("word " * 60, {"length": "short"}, "too_long"),
        ("word " * 150, {"length": "long"}, "too_long"),
        ("They work.", {"review_on": date(2026, 2, 1)}, "expired"),
    ],
)
def test_errors(text: str, changes: dict[str, Any], code: str) -> None:
    assert codes(text, **changes) == {code}
    assert code in lint_codes()


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("They are our neighbours and friends.", {}),
        ("I work 9 to 5 with them, and the EU and the UN agree!", {}),
        ("About 80% of them work.", {"sources": (GOOD_SOURCE,)}),
        ("word " * 100, {"length": "long"}),
        ("Is that so? Since 2015 we live side by side.", {}),
        ("They pay taxes.", {"strategy": "facts", "sources": (GOOD_SOURCE,)}),
    ],
)
def test_good_responses_pass(text: str, changes: dict[str, Any]) -> None:
    assert codes(text, **changes) == set()


def test_what_needs_thought_is_a_warning() -> None:
    assert codes("Since 2015 we live side by side.", level="warning") == {"unsourced_number"}
    assert codes(narratives=("one",), level="warning") == {"few_narratives"}


def test_our_own_detector_reads_every_response() -> None:
    issues = linter(verdict=lambda text: verdict(text)).check(draft())
    assert [issue.code for issue in issues] == ["hateful"]


def test_the_wrong_language_is_an_error_only_where_it_can_be_told() -> None:
    check = linter(identify=lambda text: "fr").check
    assert [issue.level for issue in check(draft("Oui."))] == ["warning"]
    assert [issue.level for issue in check(draft("mots " * 20))] == ["error"]


def test_copies_are_found_and_the_response_is_no_copy_of_itself(kit: Kit) -> None:
    check = linter(index=kit.index).check
    one = kit.approved("Our neighbours belong here and have always worked with us in this town.")
    same = draft("our neighbours belong here, and have always worked with us in this town")
    near = draft("Our neighbours belong here and have always worked with us on this town.")
    assert [issue.code for issue in check(same) if issue.level == "error"] == ["same_text"]
    assert [issue.code for issue in check(near) if issue.level == "error"] == ["near_copy"]
    assert one.id in check(near)[0].message
    assert [issue for issue in check(one.draft(), number=one.number) if issue.level == "error"] == []


def test_errors_block_approval_and_warnings_do_not(kit: Kit) -> None:
    kit.library.checks = linter()
    bad = kit.library.add(draft("Only an idiot would say so."), by=ANNA)
    kit.library.submit(bad.id, by=ANNA)
    with pytest.raises(LintError, match="insults: 'idiot'") as caught:
        kit.library.approve(bad.id, by=BILAL)
    assert caught.value.issues
    kit.library.edit(bad.id, {"text": "Nobody fair would say so, in 2015 or now."}, by=ANNA)
    kit.library.submit(bad.id, by=ANNA)
    assert kit.library.approve(bad.id, by=BILAL).state == "approved"
