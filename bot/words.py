"""The words of short commands in English, French, German and Arabic, as data."""

from __future__ import annotations

from typing import Final

# Intent → words that open a command; a case number may follow. Letters only where a slip does no harm:
# nothing that posts, closes or escalates has a one-letter form.
CASE_COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "claim": ("claim", "c", "take", "prendre", "übernehmen", "nehmen", "استلم"),
    "show_message": ("show", "show message", "s", "montrer", "afficher", "zeigen", "zeig", "اعرض"),
    "suggest": (
        "suggest",
        "suggestions",
        "suggestion",
        "proposer",
        "propositions",
        "vorschläge",
        "vorschlag",
        "اقتراحات",
    ),
    "not_hate": ("not hate", "no hate", "not hateful", "nh", "pas de haine", "kein hass", "ليس كراهية"),
    "escalate": ("escalate", "escalade", "escalader", "eskalieren", "صعّد", "صعد"),
    "release": ("release", "let go", "rendre", "libérer", "freigeben", "أعد"),
    "close_case": ("close", "fermer", "clore", "schließen", "أغلق"),
    "missed": ("missed", "is hate", "hate", "c'est de la haine", "ist hass", "كراهية"),
    "undo": ("undo", "annuler", "rückgängig", "تراجع"),
    "post": ("post", "publier", "posten", "veröffentlichen", "انشر"),
}

# Intent → whole commands without a number.
PLAIN_COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "queue": ("queue", "q", "cases", "open", "what is open", "file", "liste", "القائمة"),
    "next_case": ("next", "n", "suivant", "nächster", "weiter", "التالي"),
    "more": (
        "more",
        "m",
        "other",
        "others",
        "other suggestions",
        "plus",
        "autres",
        "mehr",
        "andere",
        "المزيد",
    ),
    "help": ("help", "h", "?", "commands", "aide", "hilfe", "مساعدة"),
}

USE_WORDS: Final = ("use", "u", "number", "no", "choisir", "utiliser", "nimm", "nehme", "nummer", "استخدم")
EDIT_WORDS: Final = ("edit", "e", "modifier", "ändern", "عدّل", "عدل")
REPORT_WORDS: Final = ("report", "signaler", "melden", "بلّغ", "بلغ")
SUGGEST_FOR_WORDS: Final = ("suggest", "counter", "proposer", "vorschlag", "اقترح")

# One word of a wish → (entity, value).
WISH_WORDS: Final[dict[str, tuple[str, str]]] = {
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

# Words that may stand in a wish without meaning anything.
WISH_FILLERS: Final = frozenset(
    """only just in and a bit more please the make it with but something use using reply replies suggestion
    suggestions en et plus un peu auf und ein bisschen mehr bitte nur seulement و فقط""".split()  # noqa: SIM905
)

NUMBER_WORDS: Final[dict[str, int]] = {
    **dict.fromkeys(
        ("one", "first", "1st", "un", "eins", "premier", "première", "erste", "واحد", "الأول"), 1
    ),
    **dict.fromkeys(("two", "second", "2nd", "deux", "zwei", "deuxième", "zweite", "اثنان", "الثاني"), 2),
    **dict.fromkeys(("three", "third", "3rd", "trois", "drei", "troisième", "dritte", "ثلاثة", "الثالث"), 3),
}
