"""Editorial rule 10: texts of moderators name rule, consequence and contact, and go to moderators only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.patterns import compiled, found
from courage.library.lint.rule import Context, Issue, Rule

#: The gaps for the community's rule and for whom to write to, in each language.
GAPS: Final = {
    "en": ("[rule]", "[contact]"),
    "fr": ("[règle]", "[contact]"),
    "de": ("[Regel]", "[Kontakt]"),
    "ar": ("[القاعدة]", "[جهة التواصل]"),
}
CONSEQUENCES: Final = compiled(
    en=r"\b(?:remov|delet|hid|mut|paus|warn|lock|clos|clear|ban|suspend|leav|stop|slow)\w*|consequence|taken down|come down",
    fr=r"\b(?:supprim|retir|effac|masqu|suspen|avert|ferm|exclu|bloqu|pause|quitt)\w*|suite",
    de=r"\b(?:gelösch|lösch|entfern|verborg|stumm|pausier|pause|verwarn|sperr|gesperr|geschlossen|schließ|ausgeschlossen|"
    r"ausblend)\w*|Folge",
    ar=r"حذف|تُحذف|نحذف|أُزيل|إزالة|كتم|إيقاف|تعليق|تحذير|إنذار|إغلاق|حظر|إخفاء|الإجراء",
)
MODERATOR_WORDS: Final = compiled(
    en=r"\b(?:I|we)(?:'ve| have|'m| am|'ll| will)? (?:just )?(?:remov|delet|mut|bann?|hid)(?:ed|ing|e|den)?\b|\bas (?:a |your |the )?"
    r"(?:moderator|mod|admin)s?\b|\b(?:house|group|community|chat) rules?\b|\bnext time (?:I|we)(?:'ll| will)\b|\bwe moderators\b",
    fr=r"\b(?:j'ai|nous avons|je vais|nous allons) (?:supprim|retir|effac|masqu|banni|exclu)\w*|\ben tant que modérat\w+|"
    r"\bl'équipe de modération a\b",
    de=r"\b(?:ich habe|wir haben|ich werde|wir werden)\b[^.!?]{0,40}\b(?:gelöscht|löschen|entfernt|entfernen|gesperrt|"
    r"sperren)\b|\bals Moderat\w+|\bdie Gruppenregeln\b",
    ar=r"\b(?:حذفتُ?|حذفنا|سأحذف|سنحذف|كتمنا|حظرنا|بصفتي مشرف|نحن المشرف)",
)


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Look at whom moderators' texts are for and what they name, and for moderators' words in everybody's texts."""
    words = f"{draft.text} {draft.longer}"
    if draft.kind == "boundary" or draft.voice == "moderator":
        if draft.for_role != "moderator":
            yield Issue("warning", "moderators_only", "is a moderator's text; say 'for_role: moderator'")
        missing = [gap for gap in GAPS.get(draft.language, ()) if gap.casefold() not in words.casefold()]
        if draft.kind == "boundary" and missing:
            said = f"names no {' and no '.join(missing)}; keep the gaps, moderators fill them"
            yield Issue("warning", "boundary_incomplete", said)
        if draft.kind == "boundary" and found(CONSEQUENCES, draft.language, _plain(words)) is None:
            said = "does not say what happened or will happen: removed, muted, closed, warned …"
            yield Issue("warning", "boundary_incomplete", said)
    elif draft.for_role != "moderator":
        told = found(MODERATOR_WORDS, draft.language, words)
        if told is not None:
            said = f"speaks as a moderator ({told!r}); reword it, or make it a boundary for moderators"
            yield Issue("warning", "moderators_only", said)


def _plain(words: str) -> str:
    return words.replace("[", " ").replace("]", " ")  # a gap counts as what it will name


RULE = Rule(("moderators_only", "boundary_incomplete"), check, editorial=10)
