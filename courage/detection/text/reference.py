"""Words by which a sentence goes on about whom the sentence before it named: "they", "such people", «eux», «هؤلاء»."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = {
    "en": (
        r"they|them|their|theirs|themselves|these|those|that (?:lot|kind|sort|bunch|breed)|such|all of (?:them|it)"
        r"|each of them|every one|he|she|him|her|his|it"
    ),
    "fr": r"ils|elles|eux|leur|leurs|ces|ceux|celles|celle|celui|il|elle|lui|ça|cette (?:espèce|engeance|race)|tous|toutes",
    "de": r"sie|ihnen|ihr|ihre\w*|die|denen|deren|diese\w*|solche\w*|er|ihm|ihn|es|alle|alles|so was|sowas|so (?:eine?\w*|jemand\w*)",
    "ar": r"هم|هن|هؤلاء|هاؤلاء|هذول|هدول|دول|هالناس|امثال\w*|أمثال\w*|كلهم|جميعهم|\w+(?:هم|هن)|hom|hum|hadol|hadool|dol",
}
_FOUND: Final = {code: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I) for code, words in _WORDS.items()}


def refers_back(text: str, language: str) -> bool:
    """Tell whether a sentence has a word that may stand for people named before it; English words where none are known."""
    return _FOUND.get(language, _FOUND["en"]).search(text) is not None
