# ruff: noqa: E501
"""Signs that a sentence reports or opposes what its neighbour says, without which nothing is excused, or that it applauds."""

from __future__ import annotations

import re
from typing import Final

_OPPOSED: Final = {
    "en": (
        r"racis[tm]|sexis[tm]|bigot(?:ed|ry|s)?|hat(?:e|eful|red)\b|disgust\w*|vile|appalling|unacceptable|nonsense|bullshit|propaganda|slurs?|insults?"
        r"|report(?:ed|ing)?|block(?:ed|ing)?|bann?(?:ed|ing)?|quot(?:e|ed|ing)|said|says|saying|say|told|tells|wrote|writes|written|posted|shouted|shouting|yelled|screamed|sprayed"
        r"|claim(?:s|ed|ing)?|comments?|graffiti|called|calling|call|believed?s?|slogans?|leaflets?|posters?|headline|heard|read"
        r"|wrong|false|untrue|lies?\b|not true|isn'?t true|disagree|stop|ashamed|shame|horrible|awful|terrible|sad|wtf|seriously"
        r"|(?:nobody|no one|never|don'?t|doesn'?t|do not|does not|shouldn'?t|should not|isn'?t|aren'?t)"
    ),
    "de": (
        r"rassis\w+|sexis\w+|hass\w*|hetze\w*|widerlich|ekelhaft|unerträglich|inakzeptabel|quatsch|unsinn|blödsinn|schwachsinn|lüge\w*|beleidig\w+|schimpfwort"
        r"|gemeldet|melde|meldet|blockier\w+|gesperrt|zitat|zitiert?|sagt\w*|sagen|gesagt|meint\w*|schreibt|schrieb\w*|geschrieben|gepostet|rief\w*|gerufen|brüllt\w*|behaupte\w*"
        r"|kommentar\w*|gehört\b|gelesen|genannt|parole\w*|flugblatt|plakat\w*|schlagzeile|spruch|sprüche"
        r"|falsch|stimmt nicht|nicht wahr|widerspr\w+|hör\w* auf|schäm\w+|schande|schlimm|furchtbar|traurig|entsetz\w+|nie(?:mand|mals)?|nicht|kein\w*"
    ),
    "fr": (
        r"racis\w+|sexis\w+|hain\w+|dégueulasse|dégoûtant\w*|honte\w*|inacceptable|n'importe quoi|mensonge\w*|insulte\w*|propagande|abject\w*"
        r"|signal\w+|bloqu\w+|banni\w*|cit\w+|dit\b|disent|disait|dis\b|dire|écri\w+|posté\w*|cri\w+|hurl\w+|prétend\w*|affirm\w+|commentaire\w*|entendu\w*|lu\b|traité\w*|appelé\w*|slogan\w*|tract\w*|affiche\w*"
        r"|faux|fausse|pas vrai|d'accord|arrêt\w+|horrible|affreux|triste|choqu\w+|jamais|personne ne|ne \w+ pas|n'\w+ pas|pas\b"
    ),
    "ar": (
        r"عنصري\w*|كراهي\w*|مقرف\w*|عيب|هراء|كذب\w*|إهان\w*|اهان\w*|شتم\w*|شتيم\w*|بلغت|أبلغت|تبليغ|حظر\w*|اقتباس|قال\w*|يقول\w*|بيقول\w*|كتب\w*|يكتب\w*|صرخ\w*|نشر\w*|زعم\w*|يزعم\w*"
        r"|تعليق\w*|سمعت|قرأت|قريت|وصف\w*|غلط|خطأ|خطا|مش صح|ليس صحيح\w*|غير صحيح\w*|ارفض|أرفض|نرفض|كفى|توقف\w*|عار|حرام|لا|ليس\w*|مش|مو|ما|لن|لم"
    ),
}  # fmt: skip
_SIGNS: Final = {code: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I) for code, words in _OPPOSED.items()}


def reports_or_opposes(text: str, language: str) -> bool:
    """Tell whether a sentence may report or oppose what stands beside it; the reading of both together has to bear it out."""
    return _SIGNS.get(language, _SIGNS["en"]).search(text) is not None


_APPLAUDED: Final = {
    "en": r"well done|bravo|good on (?:you|him|her|them)|hats off|about time|finally|at last|exactly|so true|agreed|spot on|drinks are on me",
    "de": r"danke|bravo|respekt|gut so|gut gemacht|endlich|stimmt|genau|recht so|richtig so|ehrenmann",
    "fr": r"bravo|merci|enfin|bien fait|bien dit|respect|exact(?:ement)?|tout à fait|c'est vrai|chapeau",
    "ar": r"برافو|شكرا|أحسنت|احسنت|بالضبط|صح|كفو|أخيرا|اخيرا|يسلم\w*|والله رجال",
}  # fmt: skip
_APPLAUSE: Final = {
    code: re.compile(rf"(?<!\w)(?:{words})(?!\w)|[👏🙌]", re.I) for code, words in _APPLAUDED.items()
}


def applauds(text: str, language: str) -> bool:
    """Tell whether a text thanks, praises or agrees; whom and what for, the reading of the whole has to say."""
    return _APPLAUSE.get(language, _APPLAUSE["en"]).search(text) is not None
