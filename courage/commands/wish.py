"""``facts``, ``shorter``, ``in French``: suggestions of another kind; wishes add up until ``suggest`` starts over."""

from __future__ import annotations

from typing import Any, Final

from courage.commands.core.command import WORKERS, Command
from courage.commands.core.errors import CommandRefused
from courage.commands.core.grammar import Wish
from courage.commands.core.offers import Offer, offer, show_offer
from courage.commands.core.turn import Turn

WORDS: Final[dict[str, tuple[str, str]]] = {
    **dict.fromkeys(("facts", "fact", "factual", "faits", "fakten", "حقائق"), ("strategy", "facts")),
    **dict.fromkeys(("hypocrisy", "contradiction", "widerspruch", "hypocrisie", "تناقض"), ("strategy", "hypocrisy")),
    **dict.fromkeys(("consequences", "conséquences", "folgen", "عواقب"), ("strategy", "consequences")),
    **dict.fromkeys(
        ("affiliation", "belonging", "gemeinschaft", "appartenance", "انتماء"), ("strategy", "affiliation")
    ),
    **dict.fromkeys(("denouncing", "denounce", "dénoncer", "verurteilen", "استنكار"), ("strategy", "denouncing")),
    **dict.fromkeys(("humor", "humour", "funny", "humorvoll", "drôle", "فكاهة"), ("strategy", "humor")),
    **dict.fromkeys(("positive", "positiv", "positif", "إيجابي"), ("strategy", "positive")),
    **dict.fromkeys(("question", "questions", "frage", "سؤال"), ("strategy", "question")),
    **dict.fromkeys(
        ("perspective", "empathy", "perspektive", "perspektivwechsel", "empathie", "منظور", "تعاطف"),
        ("strategy", "perspective"),
    ),
    **dict.fromkeys(("opinion", "opinions", "meinung", "avis", "رأي"), ("strategy", "opinion")),
    **dict.fromkeys(
        ("kinder", "kind", "warmer", "warm", "gentler", "friendlier", "freundlicher", "gentil", "chaleureux", "ألطف"),
        ("tone", "warm"),
    ),
    **dict.fromkeys(("calmer", "calm", "ruhiger", "calme", "أهدأ"), ("tone", "calm")),
    **dict.fromkeys(("firmer", "firm", "clearer", "bestimmter", "ferme", "أحزم"), ("tone", "firm")),
    **dict.fromkeys(("lighter", "light", "lockerer", "léger", "أخف"), ("tone", "light")),
    **dict.fromkeys(("shorter", "short", "brief", "kürzer", "court", "أقصر"), ("length", "short")),
    **dict.fromkeys(("english", "anglais", "englisch", "الإنجليزية", "بالإنجليزية"), ("language", "en")),
    **dict.fromkeys(("french", "français", "francais", "französisch", "الفرنسية", "بالفرنسية"), ("language", "fr")),
    **dict.fromkeys(("german", "deutsch", "allemand", "الألمانية", "بالألمانية"), ("language", "de")),
    **dict.fromkeys(("arabic", "arabe", "arabisch", "العربية", "بالعربية"), ("language", "ar")),
}  # fmt: skip

#: Words that may stand in a wish without meaning anything.
FILLERS: Final = frozenset(
    """only just in and a bit more please the make it with but something use using reply replies suggestion
    suggestions en et plus un peu auf und ein bisschen mehr bitte nur seulement و فقط""".split()  # noqa: SIM905
)


async def suggest(turn: Turn) -> Offer:
    """Return suggestions for the current case that are as wished for, in this message and before.

    :raises CommandRefused: if nothing is wished for.
    """
    case_id = await turn.case()
    wanted = wanted_by(turn, turn.memory.wishes_for(case_id))
    if not wanted:
        raise CommandRefused("wish_unclear")
    return await offer(turn, case_id, wanted)


def wanted_by(turn: Turn, before: dict[str, Any]) -> dict[str, Any]:
    """Return what is wanted now: what was wanted before, changed by what the message says."""
    wanted = dict(before)
    if strategies := turn.arguments("strategy"):
        wanted["strategies"] = strategies
    if tone := turn.argument("tone"):
        wanted["tone"] = tone
    if turn.argument("length") == "short":
        wanted["shorter"] = True
    if languages := turn.arguments("language"):
        wanted["languages"] = languages
    return wanted


COMMAND = Command(
    name="wish",
    parameters=(Wish(WORDS, FILLERS),),
    usage={
        "en": "facts · hypocrisy · humor · question · kinder · calmer · firmer · shorter · in French",
        "fr": "faits · hypocrisie · humour · question · gentil · calme · ferme · court · en allemand",
        "de": "Fakten · Widerspruch · Humor · Frage · freundlicher · ruhiger · bestimmter · kürzer · auf Französisch",
        "ar": "حقائق · تناقض · فكاهة · سؤال · ألطف · أهدأ · أحزم · أقصر · بالفرنسية",
    },
    roles=WORKERS,
    execute=suggest,
    render=show_offer,
    place=70,
)
