"""Which dialect a message is written in: a reply in another one would not sound like whoever sends it.

Read by small words that one dialect has and its neighbours do not; what has none of them is the standard language, or too short
to tell, and gets no reply in dialect.
"""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final[dict[str, dict[str, str]]] = {
    "ar": {
        "egyptian": r"(?:و?مش|ده|دي|دول|كده|إزاي|ازاي|ليه|عايز\w*|بتاع\w*|بتوع|علشان|عشان|إحنا|احنا|محدش|مفيش|دلوقتي|إيه|ايه|برضه)",
        "levantine": r"(?:شو|هيك|هلق|هلأ|كتير|منيح|بدي|بدنا|بدهم|بدن|ليش|هدول|هاد|عم|لسا|حدا|كلن|هالناس|متلنا|منن)",
        "iraqi": r"(?:شنو|شكو|هواي|شلون|هسه|هسة|چان|اكو|ماكو|مال|شراح|لعد|خوش|هيچ|يگول\w*)",
        "gulf": r"(?:وش|ابي|نبي|نبيهم|مب|اللحين|الحين|هذولا|هذول|يبون|ودي|شفيك|زين|عيال)",
        "maghrebi": r"(?:واش|علاش|كيفاش|ديال\w*|بزاف|برشا|غادي|ماشي|حنا|موش|توا|راه\w*|هاد|كاملين|زعما|شكون|باش)",
        "sudanese": r"(?:شنو|دايرين|داير|زول|كدا|هسع|ياخ|نحنا)",
    },
    "de": {
        "austrian": r"(?:oida|oider|ned|hob|schaun|hackln|eh scho|wos|ois|kummt|gscheid|deppert\w*|heast)",
        "swiss": r"(?:nöd|nüt|öppis|gsi|isch|hät|mir händ|mer händ|chönd|chli|dänn|wo[hl]?ned|schaffed|usländer)",
    },
    "fr": {
        "quebec": r"(?:icitte|pantoute|tabarnak|tabarnac|câlisse|ostie|tsé|moé|toé|jaser|chum|guenille|québec)",
        "belgian": r"(?:septante|nonante|une fois|brol|kot|guindaille)",
        "swiss": r"(?:septante|huitante|nonante|natel)",
    },
}
_FOUND: Final = {
    language: {name: re.compile(rf"(?<!\w){words}(?!\w)") for name, words in dialects.items()}
    for language, dialects in _WORDS.items()
}


def dialects_of(text: str, language: str) -> frozenset[str]:
    """Return the dialects (codes of ``DIALECTS``) of which a text has more words than of any other; none where it has none."""
    low = text.casefold()
    counts = {name: len(words.findall(low)) for name, words in _FOUND.get(language, {}).items()}
    most = max(counts.values(), default=0)
    return frozenset(name for name, count in counts.items() if most and count == most)
