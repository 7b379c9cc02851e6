"""Editorial rule 11: each language is written from its own country's debates; a dialect is marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.patterns import compiled, found
from courage.library.lint.rule import Context, Issue, Rule

#: Words that the standard language does not have.
DIALECT: Final = compiled(
    ar=r"\b(?:مش|مو|مشّ|إحنا|احنا|نحنا|دول|ده|دي|كده|ليه|إزاي|ازاي|عايز|بتاع|بتوع|شو|ليش|هيك|هاد|هاي|كتير|منيح|بدي|بدنا|هلق|شنو|شكو|"
    r"هواي|واش|علاش|كيفاش|ديال|بزاف|ماشي|حنا|برشا|شلون|ليهم حق|عشان|علشان|اللي)\b",
    de=r"\b(?:nöd|nüt|öppis|gsi|isch|hät|oida|ned|hob|schaun)\b",
    fr=r"\b(?:septante|nonante|icitte|pantoute|tabarnak)\b",
)


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Find translations and dialect that is not marked; whether a debate is a country's own, people judge."""
    if draft.translation_of:
        said = f"is a translation of {draft.translation_of}; write it from the debates of its own country"
        yield Issue("warning", "translated", said)
    told = found(DIALECT, draft.language, f"{draft.text} {draft.longer}")
    if told is not None and not draft.dialect:
        yield Issue("warning", "dialect_unmarked", f"is in dialect ({told!r}); say which: 'dialect: …'")


RULE = Rule(("translated", "dialect_unmarked"), check, editorial=11)
