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
from courage.taxonomy import LANGUAGES, SUBGROUPS, WIDER_SUBGROUPS

_MAX_CHARS = 6000
_MAX_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Match:
    """A span of the normalised text: ``kind`` is target, frame, grave or sure, ``label`` the code of what was found.

    ``subgroups`` are those that the words of a target name (codes of ``SUBGROUPS``), where they name any.
    """

    kind: str
    label: str
    start: int
    end: int
    subgroups: tuple[str, ...] = ()


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
                label = ":".join([target, ",".join(lexicon.subgroups.get(term, ()))])
                terms.setdefault(label, []).append(self._nlp.make_doc(term.lower()))
            for word, slur in lexicon.slurs.items():
                if not slur.ambiguous:
                    terms.setdefault(f"{slur.target}:", []).append(self._nlp.make_doc(word))
        for label, docs in terms.items():
            self._phrases.add(f"target:{label}", docs)
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
        kind, label, *rest = strings[code].split(":")
        span = doc[start:end]
        subgroups = tuple(one for one in rest[0].split(",") if one) if rest else ()
        found.append(Match(kind, label, span.start_char, span.end_char, subgroups))
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
    """Return only the first mention of each target group.

    A name within a longer one counts where the longer one speaks of that group too: "black women" names women, "trans
    women" does not.
    """
    seen: dict[str, Match] = {}
    outer: Match | None = None
    for match in sorted(matches, key=lambda one: (one.start, -one.end)):
        if match.kind != "target":
            continue
        if outer is None or match.end > outer.end or (match.start, match.end) == (outer.start, outer.end):
            outer = match
        elif outer.subgroups and not any(match.label in SUBGROUPS[code] for code in outer.subgroups):
            continue
        seen.setdefault(match.label, match)
    return list(seen.values())


def named_subgroups(matches: Sequence[Match]) -> tuple[str, ...]:
    """Return the codes of the subgroups that are named, in the order of their first mention.

    Words within a longer name do not count by themselves: "trans women" names no women's subgroup. What a subgroup
    belongs to is named with it (``WIDER_SUBGROUPS``).
    """
    codes: dict[str, None] = {}
    for match in outermost(matches):
        for code in match.subgroups:
            codes.update(dict.fromkeys((code, *WIDER_SUBGROUPS.get(code, ()))))
    return tuple(codes)


def outermost(matches: Sequence[Match]) -> list[Match]:
    """Return the targets that stand in no longer one, such as "trans women" without its "women"."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda one: (one.start, -one.end)):
        if match.kind != "target":
            continue
        same = kept and (match.start, match.end) == (kept[-1].start, kept[-1].end)
        if same or not kept or match.end > kept[-1].end:
            kept.append(match)
    return kept


def is_known_term(word: str, language: str) -> bool:
    """Tell whether a single word names a group in a language."""
    return fold(word) in load_lexicon(language if language in LANGUAGES else "en").identity
