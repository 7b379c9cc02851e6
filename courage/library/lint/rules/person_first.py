"""Editorial rule 12: the person hit comes first; nothing makes small what happened or asks them to be patient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.patterns import compiled, found
from courage.library.lint.rule import Context, Issue, Rule

BELITTLING: Final = compiled(
    en=r"\b(?:don't|do not) (?:be so|take it|let it)\b|\bjust (?:ignore|words|a joke)\b|\bignore (?:him|her|them|it)\b|"
    r"\b(?:didn't|doesn't|did not) "
    r"mean it\b|\bnot meant (?:like|that way)\b|\bcalm down\b|\bget over it\b|\btoo sensitive\b|\bgrow a (?:thick|thicker)\b|"
    r"\bboth sides\b|"
    r"\bit could be worse\b|\bit's (?:not (?:that|so) bad|only a)\b",
    fr=r"\bne (?:le |la )?prends pas (?:ça|mal)\b|\bignore-(?:le|la|les)\b|\bce ne sont que des mots\b|\bc'(?:est|"
    r"était) (?:juste|qu')une? "
    r"(?:blague|mot)\b|\b(?:calme|calmez)-(?:toi|vous)\b|\btrop sensible\b|\bne (?:le|la) pensait pas\b|"
    r"\bce n'est pas si grave\b|\bdes deux côtés\b",
    de=r"\bnimm(?:'s| es| das)? nicht (?:so )?(?:persönlich|ernst|schwer)\b|\bignorier(?:e|'s)? (?:ihn|sie|es|das|einfach)\b|"
    r"\bnur (?:Worte|ein Witz|Spaß)\b|"
    r"\bnicht so gemeint\b|\bberuhig dich\b|\bzu empfindlich\b|\bstell dich nicht so an\b|\bhalb so (?:wild|schlimm)\b|"
    r"\bbeide Seiten\b|\bSteh da drüber\b",
    ar=r"\b(?:تجاهله|تجاهليه|لا تكن حساس|لا تكوني حساسة|مجرد (?:مزحة|كلام)|لم يقصد|ما قصده|اهدأ|اهدئي|ليس بهذا السوء|"
    r"بسيطة)\b|\bكبّ?ر (?:عقلك|راسك)\b",
)
ADDRESSED: Final = compiled(
    en=r"\byou(?:'re|'ve|r|rs)?\b",
    fr=r"\b(?:tu|te|toi|ton|ta|tes|vous|votre|vos)\b|\bt'",
    de=r"\b(?:du|dich|dir|dein\w*|Sie|Ihnen|ihr|euch|euer|eure\w*)\b",
    ar=r"\b(?:أنت|أنتِ|أنتم|لك|لكِ|لكم|معك|معكِ|معكم|بك|بكم|\w{2,}ك|\w{2,}كِ|\w{2,}كم)(?!\w)",
)


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Find what makes small, and support that does not speak to the person hit."""
    words = f"{draft.text} {draft.longer}"
    small = found(BELITTLING, draft.language, words)
    if small is not None:
        yield Issue("warning", "belittles", f"makes small what happened, or asks for patience ({small!r})")
    if draft.kind == "support" and found(ADDRESSED, draft.language, words) is None:
        yield Issue("warning", "nobody_addressed", "is support but does not speak to the person hit")


RULE = Rule(("belittles", "nobody_addressed"), check, editorial=12)
