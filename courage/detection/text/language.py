"""Which language a message is in: script, function words, letters; a statistical model only for the rest."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

_WORDS: Final = {
    "en": """the and you that is it of to in for are was with this have they not but what be on your all can just like
        i'm don't it's my me we he she his her their them who would there do how if from so about will no one people
        should these those were been has had then than i a at as or an by when why where am does did because never
        hate good please thanks hello ok yes know think want get go love really some any more only every""",
    "de": """der die das und ist nicht ich du wir ihr sie es ein eine einen einem einer zu den dem des mit auf für von
        im sind war hat haben wie was wer auch noch nur aber oder wenn dass kein keine alle man mir mich dir dich uns
        euch sich bei nach aus um so schon mal ja nein doch über unter hier dort warum weil sein seine werden wird
        wurde muss müssen soll sollen kann können will gehört gehören immer nie nichts etwas mehr diese dieser dieses
        solche leute bin bist habe hast heute morgen bitte danke gibt raus weg jetzt als am zum zur ins vom wieder""",
    "fr": """le la les un une des et est pas je tu il elle nous vous ils elles on de du que qui ne ce cette ces dans sur
        pour avec mais ou où sont était être avoir a ai as avons avez ont mon ma mes ton ta tes son sa ses leur leurs
        y en au aux plus très tout tous toutes comme si faut fait faire va vont ça c'est j'ai n'est qu'il d'un d'une
        quand pourquoi parce rien jamais toujours bien non oui moi toi lui eux chez sans sous merci bonjour gens
        cet quoi dire dit aussi encore même trop ici là contre entre t'es c'était""",
    "ar": """ana enta enti inta inti e7na ehna howa heya homa mish mesh msh wesh wach wallah walla yalla habibi khalas
        3ala 3an 3ashan 3shan kda keda kida kol ya3ni yani mafi mafeesh fi el al il dol dool hadol hada hadi haik heik
        shu sho eh leh lesh leish ezay izzay fein wein kaman kalb 7aywan 7mar ba3d ba2a bas w men min lazem lazim
        zay zayy nas elnas 7ad 3arab 3andi 3ayez bidi biddi mara sitt""",
}
_INDEX: Final[dict[str, dict[str, float]]] = {}
for _code, _list in _WORDS.items():
    for _word in _list.split():
        _INDEX.setdefault(_word, {})[_code] = 1.0
for _options in _INDEX.values():
    for _code in _options:
        _options[_code] = 1.0 / len(_options)
_TOKENS: Final = re.compile(r"[^\W_][\w'’]*")
_LETTERS: Final = {"ß": "de", "ä": "de", "ö": "de", "ü": "de", "é": "fr", "è": "fr", "ê": "fr", "à": "fr", "ç": "fr",
                   "ù": "fr", "œ": "fr", "î": "fr", "ô": "fr", "û": "fr", "â": "fr", "ë": "fr", "ï": "fr"}  # fmt: skip
_ENDINGS: Final = (
    (re.compile(r"(?:ung|ungen|keit|heit|lich|isch|ische|ischen|schen|tzt|cht|sst|eln|ern)$"), "de"),
    (re.compile(r"(?:eux|euse|eaux|aient|ait|ette|ique|tion|ez|oir|oire|esse|ois|oise)$"), "fr"),
    (re.compile(r"(?:ing|ight|ed|ness|ould|ough|tion|ies)$"), "en"),
)
_ARABIZI: Final = re.compile(r"^(?=.*[a-z])(?:[a-z]*[23579][a-z]+|[a-z]+[2357][a-z]*)$")
_ARABIC: Final = re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]")


@lru_cache(maxsize=32768)
def _word_votes(word: str) -> tuple[tuple[str, float], ...]:
    votes = dict(_INDEX.get(word, {}))
    if not votes and "'" in word:
        head = word.split("'")[0]
        if head in ("l", "d", "j", "n", "qu", "c", "s", "t", "m", "jusqu", "lorsqu"):
            votes["fr"] = 0.9
    if not votes:
        for letter in word:
            if letter in _LETTERS:
                code = _LETTERS[letter]
                votes[code] = max(votes.get(code, 0.0), 0.7)
        for pattern, code in _ENDINGS:
            if len(word) > 4 and pattern.search(word):
                votes[code] = votes.get(code, 0.0) + 0.3
        if _ARABIZI.match(word) and len(word) > 2:
            votes["ar"] = votes.get("ar", 0.0) + 0.5
    return tuple(votes.items())


@lru_cache(maxsize=1)
def _statistical() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def identify(text: str) -> str:
    """Return ``en``, ``fr``, ``de``, ``ar``, or ``und`` for anything else or nothing at all.

    Mixed texts get the language with most evidence. At most the first 2,000 characters are looked at.
    """
    sample = text[:2000]
    arabic = 0 if sample.isascii() else len(_ARABIC.findall(sample))
    latin = len(_LATIN.findall(sample)) if not sample.isascii() else 1
    if arabic and arabic * 2 >= latin:
        return "ar"
    if latin == 0:
        return "und"
    words = _TOKENS.findall(sample.lower().replace("’", "'"))
    scores: dict[str, float] = {}
    for word in words:
        for code, vote in _word_votes(word):
            scores[code] = scores.get(code, 0.0) + vote
    if not words or not any(any(c.isalpha() for c in word) for word in words):
        return "und"
    if scores:
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0] != "en"))
        best, score = ranked[0]
        lead = score - (ranked[1][1] if len(ranked) > 1 else 0.0)
        if best == "ar" and score < 1.4:
            ranked = [item for item in ranked if item[0] != "ar"]
            if not ranked:
                return "en"
            best, score = ranked[0]
        if score >= 0.08 * len(words) and (lead > 0.25 or len(words) < 6):
            return best
    return _fallback(sample, words, scores)


def warm_up() -> None:
    """Load the statistical model now instead of at the first doubtful message."""
    _statistical()


@lru_cache(maxsize=4096)
def _ask(sample: str) -> tuple[str, float]:
    code, probability = _statistical().classify(sample)
    return str(code), float(probability)


def _fallback(sample: str, words: list[str], scores: dict[str, float]) -> str:
    """Few or no function words: very short texts count as English, longer ones are asked about."""
    if len(words) < 4:
        return max(scores, key=lambda code: scores[code]) if scores else "en"
    code, probability = _ask(sample[:300])
    if code in ("en", "fr", "de", "ar"):
        return code
    # Chat slang is taken for all kinds of small languages; only a sure answer counts.
    return (
        "und"
        if probability > 0.95 and len(words) >= 6
        else (max(scores, key=lambda c: scores[c]) if scores else "en")
    )
