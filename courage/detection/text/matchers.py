"""spaCy matchers without any downloaded model: named groups, grave threats, and frames around quoted or negated hate."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from courage.detection.text.lexicons import DEFAULT_FOLDER, fold, load_lexicon
from courage.detection.text.patterns import ABUSE_OF_CHILDREN, FRAMES, GRAVE
from courage.taxonomy import LANGUAGES

_MAX_CHARS = 6000
_MAX_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Match:
    """A span of the normalised text: ``kind`` is target, frame, grave or sure, ``label`` the code of what was found."""

    kind: str
    label: str
    start: int
    end: int


def _spacy() -> Any:
    """Import spaCy without torch, which its library thinc would load wherever it is installed.

    Matching never uses it, and the running engine is to stay light: torch costs seconds and 200 MB.
    """
    hide = "torch" not in sys.modules and "thinc" not in sys.modules
    if hide:
        sys.modules["torch"] = None  # type: ignore[assignment]  # the import system's own sign for "not there"
    try:
        import spacy
    finally:
        if hide:
            del sys.modules["torch"]
    return spacy


class Matchers:
    """The matchers of one language."""

    def __init__(self, language: str, lexicons: Path = DEFAULT_FOLDER) -> None:
        spacy = _spacy()
        from spacy.matcher import Matcher, PhraseMatcher

        self._nlp = spacy.blank(language if language in ("en", "de", "fr", "ar") else "xx")
        self._lock = threading.Lock()
        self._phrases = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        self._tokens = Matcher(self._nlp.vocab)
        lexicon = load_lexicon(language if language != "und" else "en", lexicons)
        terms: dict[str, list[Any]] = {}
        with self._nlp.select_pipes(enable=[]):
            for term, target, _ in lexicon.identity_rows:
                terms.setdefault(target, []).append(self._nlp.make_doc(term.lower()))
            for word, slur in lexicon.slurs.items():
                if not slur.ambiguous:
                    terms.setdefault(slur.target, []).append(self._nlp.make_doc(word))
        for target, docs in terms.items():
            self._phrases.add(f"target:{target}", docs)
        for kind, table in (("frame", FRAMES), ("grave", GRAVE)):
            for label, rules in table.get(language, {}).items():
                self._tokens.add(f"{kind}:{label}", [_compile(rule) for rule in rules])
        if language in ABUSE_OF_CHILDREN:
            self._tokens.add("sure:child_abuse", [_compile(rule) for rule in ABUSE_OF_CHILDREN[language]])

    def __call__(self, text: str) -> list[Match]:
        """Return matches in a normalised text, in order: groups in the first 6,000 characters, rules in 400 words."""
        with self._lock:
            doc = self._nlp.make_doc(text[:_MAX_CHARS])
            found = [
                *_spans(doc, self._phrases(doc), self._nlp.vocab.strings),
                *_spans(doc, self._tokens(doc[:_MAX_TOKENS]), self._nlp.vocab.strings),
            ]
        return sorted(dict.fromkeys(found), key=lambda match: (match.start, -match.end))


def _spans(doc: Any, matches: Sequence[Any], strings: Any) -> list[Match]:
    found = []
    for code, start, end in matches:
        kind, _, label = strings[code].partition(":")
        span = doc[start:end]
        found.append(Match(kind, label, span.start_char, span.end_char))
    return found


def _compile(rule: str) -> list[dict[str, Any]]:
    """Turn a short notation into spaCy's: words, ``a|b`` alternatives, ``?`` optional, ``*`` up to four tokens.

    A word that ends in ``~`` stands for everything that begins with it.
    """
    pattern: list[dict[str, Any]] = []
    for part in rule.split():
        if part == "*":
            pattern += [{"IS_SENT_START": None, "OP": "?", "TEXT": {"NOT_IN": [".", "!", "?"]}}] * 4
            for item in pattern[-4:]:
                item.pop("IS_SENT_START", None)
            continue
        optional = part.endswith("?") and len(part) > 1
        options = part.removesuffix("?").split("|") if optional else part.split("|")
        if any(option.endswith("~") for option in options):
            body = "|".join(re.escape(o[:-1]) + r"\w*" if o.endswith("~") else re.escape(o) for o in options)
            token: dict[str, Any] = {"LOWER": {"REGEX": rf"^(?:{body})$"}}
        else:
            token = {"LOWER": {"IN": options}}
        if optional:
            token = {**token, "OP": "?"}
        pattern.append(token)
    return pattern


@lru_cache(maxsize=8)
def matchers(language: str, folder: Path = DEFAULT_FOLDER) -> Matchers:
    """Return the (cached) matchers of a language; one without a lexicon, and ``und``, uses the English ones."""
    return Matchers(language if language in LANGUAGES else "en", folder)


def frames(matches: Sequence[Match]) -> list[Match]:
    """Return only the frames."""
    return [match for match in matches if match.kind == "frame"]


def named_targets(matches: Sequence[Match]) -> list[Match]:
    """Return only the first mention of each target group."""
    seen: dict[str, Match] = {}
    for match in matches:
        if match.kind == "target":
            seen.setdefault(match.label, match)
    return list(seen.values())


def is_known_term(word: str, language: str) -> bool:
    """Tell whether a single word names a group in a language."""
    return fold(word) in load_lexicon(language if language in LANGUAGES else "en").identity
