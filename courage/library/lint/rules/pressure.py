"""Editorial rule 9: no threats, no flattery, no "I know that you are better"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.patterns import compiled, found
from courage.library.lint.rule import Context, Issue, Rule

THREATS: Final = compiled(
    en=r"\byour (?:boss|employer|manager|landlord|family|mother|kids|children|colleagues) (?:would|will|might|could|sees?|reads?|"
    r"finds?)\b|\bshown to\b|\bscreenshot\w*\b|\byou(?:'ll| will) (?:regret|be sorry|pay|see)\b|\bwatch (?:it|out|yourself)\b|"
    r"\bor else\b|\bI(?:'ll| will) (?:report|tell (?:on|your)|remember this|sue)\b|\bfor your (?:own )?(?:sake|good)\b|"
    r"\blast (?:chance|warning)\b|\byou could lose\b|\bpolice (?:will|are)\b|\bthink of your (?:job|career|reputation)\b",
    fr=r"\b(?:ton|votre) (?:patron|employeur|chef|propriétaire|mère|famille)\b|\bcaptures? d'écran\b|\b(?:tu|vous) (?:vas|allez) "
    r"(?:le )?(?:regretter|payer|voir)\b|\battention à (?:toi|vous)\b|\bsinon\b[^.?!]{0,20}\bje\b|\bje vais (?:te|"
    r"vous) (?:signaler|dénoncer)\b|"
    r"\bpour (?:ton|votre) bien\b|\bdernier avertissement\b|\bdernière chance\b|\brisque(?:s|z) (?:ton|votre) (?:emploi|poste)\b",
    de=r"\b(?:dein|Ihr|euer)(?:e|em)? (?:Chef\w*|Arbeitgeber\w*|Vermieter\w*|Mutter|Familie)\b|\bScreenshots?\b|\b(?:du|das) wirst "
    r"(?:du |es )?(?:noch )?bereuen\b|\bpass (?:bloß |nur )?auf\b|\bsonst (?:melde|zeige|sag)\b|\bich (?:melde|zeige) dich\b|"
    r"\b(?:zu|in) deinem eigenen (?:Wohl|Interesse)\b|\bletzte (?:Warnung|Chance)\b|\bkostet dich (?:noch )?den Job\b",
    ar=r"\b(?:مديرك|رب عملك|صاحب عملك|أمك|عائلتك)\b|\bلقطة (?:شاشة|الشاشة)\b|\b(?:ستندم|سوف تندم|حذارِ|احذر|إياك|انتبه لنفسك)\b|"
    r"\bسأبلغ عنك\b|\bلمصلحتك\b|\b(?:آخر|أخر) (?:تحذير|فرصة|إنذار)\b",
)
FLATTERY: Final = compiled(
    en=r"\bI know (?:that )?you(?:'re| are)\b|\byou(?:'re| are) (?:better|smarter|bigger|kinder) than\b|\byou(?:'re| are) too "
    r"(?:smart|clever|kind|good|decent)\b|\bI(?:'m| am) sure (?:that )?you(?:'re| are)\b|\b(?:on )?the right side\b|"
    r"\b(?:someone|somebody|a person) (?:as )?(?:smart|clever|kind|decent)\b|\bexpected (?:more|better)\b|\bdisappointed in you\b|"
    r"\byou're funny when\b|\bthat version of you\b|\bthe real you\b|\bdeep down you\b|\byou(?:'re| are) not (?:a|"
    r"that kind of) (?:bad|hateful)\b",
    fr=r"\bje sais que (?:tu|vous) (?:es|êtes|vaux|valez)\b|\b(?:tu|vous) (?:vaux|valez) mieux\b|\b(?:tu|vous) (?:es|"
    r"êtes) (?:plus intelligente?|"
    r"trop intelligente?|mieux que|quelqu'un de bien)\b|\bdu bon côté\b|\b(?:déçue?|attendais mieux) de (?:toi|vous|ta part|"
    r"votre part)\b|"
    r"\bau fond,? (?:de toi|tu|vous)\b|\bune personne intelligente comme\b",
    de=r"\bich weiß,? dass du\b|\bdu bist (?:doch )?(?:besser|klüger|schlauer|zu klug|zu schlau)\b|\bauf der richtigen Seite\b|"
    r"\bvon dir (?:mehr|Besseres|anderes) erwartet\b|\benttäuscht (?:von|über) dich\b|\benttäuscht von dir\b|\beigentlich bist du\b|"
    r"\bim Grunde (?:bist|weißt) du\b|\bso (?:klug|schlau) wie du\b|\bdu kannst (?:das |es )?besser\b",
    ar=r"\b(?:أعرف|أعلم) أنك\b|\bأنت (?:أفضل|أذكى|أكبر|أرقى) من\b|\bأرقى من (?:هذا|أن)\b|\bالجانب (?:الصحيح|الصواب)\b|\bخيّ?بت ظني\b|"
    r"\bكنت أتوقع منك\b|\bفي داخلك\b|\bشخص ذكي مثلك\b",
)


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Find the first threat and the first flattery; a boundary that moderators set may name what follows."""
    words = f"{draft.text} {draft.longer}"
    threat = found(THREATS, draft.language, words) if draft.kind != "boundary" else None
    if threat is not None:
        yield Issue("warning", "threat", f"threatens ({threat!r}); say what the words do to people instead")
    flattery = found(FLATTERY, draft.language, words)
    if flattery is not None:
        said = f"flatters or looks down ({flattery!r}); speak about the words, not the person's character"
        yield Issue("warning", "flattery", said)


RULE = Rule(("threat", "flattery"), check, editorial=9)
