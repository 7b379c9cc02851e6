"""Why a case is there: codes without a word of the message, and one line of them in any words."""

from __future__ import annotations

from typing import Any

import pytest

from courage.cases.cards import BUTTONS
from courage.cases.reasons import CODES, CaseReason, in_words, reasons_of
from courage.cases.wording import reasons_line
from courage.i18n.catalogue import default_voice

WORD = {"kind": "word", "text": "vermin", "weight": 1.2}


def why(**given: Any) -> tuple[CaseReason, ...]:
    """Return the reasons of a plain case, changed as given."""
    plain: dict[str, Any] = {
        "hateful": True, "category": "slur", "targets": ["roma"], "reasons": [WORD], "reporters": 0,
    }  # fmt: skip
    return reasons_of(**{**plain, **given})


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "slur; against Roma; derogatory word"),
        ({"reporters": 1}, "reported by a member; slur; against Roma; derogatory word"),
        ({"reporters": 2, "hateful": False}, "reported by 2 members; screening saw no hate"),
        (
            {"targets": ["women", "people_of_colour"]},
            "slur; against women, people of colour; derogatory word",
        ),
        ({"reasons": [{**WORD, "weight": -1.0}]}, "slur; against Roma"),
        ({"reasons": [{"kind": "category"}, {"kind": "target"}]}, "slur; against Roma"),
        ({"category": "none", "targets": [], "reasons": []}, "screening"),
        (
            {
                "category": "none",
                "targets": [],
                "reasons": [{"kind": k} for k in ("frame", "target", "category")],
            },
            "kind of hate; names a group; way it is put",
        ),
        ({"reasons": [{"kind": "something new"}]}, "slur; against Roma"),
    ],
)
def test_the_line_says_what_was_seen_and_quotes_nothing(given: dict[str, Any], line: str) -> None:
    found = why(**given)
    assert reasons_line(found, default_voice()) == line
    assert "vermin" not in repr(found)
    assert {reason.code for reason in found} <= set(CODES)


def test_whoever_shows_reasons_chooses_the_words_and_what_stands_between_them() -> None:
    def say(
        code: str, left: str = "", right: str = "", names: str = "", count: int = 0, text: str = ""
    ) -> str:
        return f"{left} + {right}" if code in ("also", "list") else f"{code}({names or count})"

    line = in_words(why(reporters=3, reasons=[]), say, lambda kind, code: f"<{kind} {code}>")
    assert line == "reported(3) + category(<category slur>) + targets(<target roma>)"


def test_the_commands_of_cards_have_keys() -> None:
    assert {"claim", "show", "not_hate", "queue"} <= BUTTONS
