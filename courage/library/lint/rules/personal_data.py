"""A response holds nothing by which a person could be reached or known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule

EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
PHONE: Final = re.compile(r"(?<![\w/.-])(?:\+|00)?\d(?:[\s()/.-]{0,2}\d){7,14}(?![\w/-])")
HANDLE: Final = re.compile(r"(?<![\w@./])@[\w][\w.]{1,29}\b|(?<!\w)@[\w.-]+:[\w.-]+\.\w{2,}")
#: What is looked for, the most telling first.
PATTERNS: Final = (
    (EMAIL, "an e-mail address"),
    (IBAN, "an account number"),
    (PHONE, "a telephone number"),
    (HANDLE, "an account name"),
)


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Find the first address, number or account name."""
    for pattern, name in PATTERNS:
        if pattern.search(draft.text):
            yield Issue("error", "personal_data", f"holds {name}; leave it out")
            return


RULE = Rule(("personal_data",), check)
