"""Words and patterns that the checks of a response look for, per language."""

from __future__ import annotations

import re
from typing import Final

# Plain insults at people, as a careful reader would mark them; a response persuades nobody with them.
INSULTS: Final[dict[str, frozenset[str]]] = {
    "en": frozenset(
        [
            "idiot",
            "idiots",
            "moron",
            "morons",
            "imbecile",
            "imbeciles",
            "stupid",
            "dumb",
            "dumbass",
            "asshole",
            "assholes",
            "jerk",
            "jerks",
            "scum",
            "scumbag",
            "scumbags",
            "bastard",
            "bastards",
            "loser",
            "losers",
            "pathetic",
            "clown",
            "clowns",
            "pig",
            "pigs",
            "bigot",
            "bigots",
            "brainless",
            "dimwit",
            "halfwit",
            "nitwit",
            "fool",
            "fools",
            "trash",
            "vermin",
            "coward",
            "cowards",
            "bitch",
            "bitches",
            "twat",
            "prick",
            "wanker",
            "wankers",
            "cretin",
            "cretins",
            "lunatic",
            "lunatics",
            "ignoramus",
            "filth",
        ]
    ),
    "fr": frozenset(
        [
            "idiot",
            "idiote",
            "idiots",
            "idiotes",
            "imbécile",
            "imbéciles",
            "con",
            "conne",
            "cons",
            "connes",
            "connard",
            "connards",
            "connasse",
            "crétin",
            "crétine",
            "crétins",
            "abruti",
            "abrutie",
            "abrutis",
            "débile",
            "débiles",
            "salaud",
            "salauds",
            "salope",
            "ordure",
            "ordures",
            "raclure",
            "minable",
            "minables",
            "lâche",
            "lâches",
            "bouffon",
            "bouffons",
            "andouille",
            "taré",
            "tarée",
            "tarés",
            "pourriture",
        ]
    ),
    "de": frozenset(
        [
            "idiot",
            "idioten",
            "idiotin",
            "idiotisch",
            "dumm",
            "dumme",
            "dummer",
            "dummen",
            "dummkopf",
            "dummköpfe",
            "trottel",
            "vollidiot",
            "vollidioten",
            "depp",
            "deppen",
            "arschloch",
            "arschlöcher",
            "schwein",
            "schweine",
            "drecksau",
            "abschaum",
            "penner",
            "versager",
            "loser",
            "spast",
            "feigling",
            "feiglinge",
            "hirnlos",
            "schwachkopf",
            "schwachköpfe",
            "armselig",
            "bescheuert",
            "lappen",
            "hohlkopf",
        ]
    ),
    "ar": frozenset(
        [
            "غبي",
            "غبية",
            "أغبياء",
            "اغبياء",
            "أحمق",
            "احمق",
            "حمقى",
            "حمار",
            "حمير",
            "كلب",
            "كلاب",
            "حقير",
            "حقيرة",
            "سافل",
            "سفلة",
            "قذر",
            "وسخ",
            "تافه",
            "جبان",
            "جبناء",
            "معتوه",
            "أبله",
            "ابله",
            "خنزير",
            "خنازير",
        ]
    ),
}

# What only a source can carry: shares, sums of people or money, and appeals to research.
FACTS: Final[dict[str, re.Pattern[str]]] = {
    "en": re.compile(
        r"\b(?:stud(?:y|ies)|research|data|statistics|figures|surveys?|scientists|experts|reports?) "
        r"(?:show|shows|prove|proves|find|finds|found|say|says|suggest|suggests|confirm|confirms|agree)\b"
        r"|\baccording to\b|\bstatistically\b|\b(?:one|two|three|four|nine) (?:in|out of) (?:two|three|four|five|ten|\d+)\b",
        re.I,
    ),
    "fr": re.compile(
        r"\b(?:les? |des |cette |plusieurs )?(?:études?|recherches?|données|statistiques|chiffres|enquêtes?|experts) "
        r"(?:montrent?|prouvent?|disent|confirment|indiquent?|révèlent)\b|\b(?:selon|d['’]après) (?:une|les?|l['’]|des) ?"
        r"(?:étude|chiffres|statistiques|données|institut|enquête|ONU)|\bstatistiquement\b",
        re.I,
    ),
    "de": re.compile(
        r"\b(?:studien?|forschung(?:en)?|daten|statistiken?|zahlen|umfragen?|fachleute|experten) "
        r"(?:zeigt|zeigen|beweist|beweisen|belegt|belegen|sagt|sagen|bestätigt|bestätigen)\b"
        r"|\blaut (?:einer |der |den )?(?:studie|statistik|zahlen|umfrage|bericht)|\bstatistisch\b",
        re.I,
    ),
    "ar": re.compile(
        r"(?:الدراسات|دراسة|دراسات|الأبحاث|البحوث|الإحصاءات|الإحصائيات|الأرقام|البيانات|الخبراء) "
        r"(?:تظهر|تُظهر|تثبت|تُثبت|تشير|تؤكد|تقول|أظهرت|أثبتت)|(?:وفق|وفقا|وفقًا|بحسب|حسب) "
        r"(?:ل)?(?:دراسة|إحصاءات|أرقام|الأمم)"
    ),
}
SHARE: Final = re.compile(
    r"[\d٠-٩]+(?:[.,٫][\d٠-٩]+)?\s?(?:%|٪|per ?cent\b|percent\b|pour ?cent\b|prozent\b|بالمئة|بالمائة|في المئة)"
    r"|\b\d[\d.,  ]*\s?(?:million|billion|thousand|millionen?|milliarden?|milliards?|tausend|mille)s?\b",
    re.I,
)
NUMBER: Final = re.compile(r"(?<![\w.])[\d٠-٩]{2,}(?:[.,][\d٠-٩]{3})*(?![\w])")

EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE: Final = re.compile(r"(?<![\w/.-])(?:\+|00)?\d(?:[\s()/.-]{0,2}\d){7,14}(?![\w/-])")
HANDLE: Final = re.compile(r"(?<![\w@./])@[\w][\w.]{1,29}\b|(?<!\w)@[\w.-]+:[\w.-]+\.\w{2,}")
IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
SHOUTED_MARKS: Final = re.compile(r"[!?؟]{3,}|!{2,}")
WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
