"""Quoted lines and the words that answer them: what somebody else wrote is not what this message says."""

from __future__ import annotations

import re
from typing import Final

from courage.detection.text.traced import Piece

_QUOTED: Final = re.compile(r"[ \t]{0,3}>+(?=[ \t]|$)(?:[ \t]*>+(?=[ \t]|$))*[ \t]*")
_BLOCK: Final = re.compile(r"\[quote[^\[\]\n]{0,100}\](.*?)\[/quote\]", re.I | re.S)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_LOOKED_AT: Final = 1000
_NO_WORDS: Final = re.compile(r"https?://\S+|<[@#:][^<>\s]+>|@[\w.:-]+")
# Short answers that make the quoted words one's own.
_AGREES: Final = re.compile(
    r"^\W*(?:this|exactly|so true|(?:very )?true(?: that)?|facts?|based|agreed?|i agree|well said|couldn'?t agree more|"
    r"amen|preach|\+1|100 ?%?|\^+|absolutely right|"
    r"genau|stimmt|so ist (?:es|das)|recht ha(?:st|t)(?: du| er| sie)?|wahr|eben|sehe ich (?:auch )?so|"
    r"exactement|tellement vrai|c'est vrai|bien dit|d'accord|je suis d'accord|voilà|carrément|"
    r"صح|صحيح|بالضبط|معك حق|كلام سليم|اتفق|أتفق)(?:\W+\w+){0,3}\W*$",
    re.I,
)


# A quotation of which the rest of the sentence says that it is true.
_TRUE: Final = re.compile(
    r"(?:^|(?<=[\n.!?]))[ \t]*([\"“”„«])([^\"“”„«»\n]{3,500})([\"“”»])(?=[ \t,.:–-]*(?:and|und|et|و)?[ \t]*"
    r"(?:that'?s|that is|this is|it'?s|it is|so|das ist|das stimmt|stimmt|c'est|voilà|هذه هي|هذا هو|وهذا)[ \t]+"
    r"(?:the |a |just |simply |so |absolutely |100 ?% |die |eine? |la |une? |bien |tout )*"
    r"(?:truth|true|facts?|right|reality|wahrheit|wahr|richtig|tatsache|so|vérité|vrai|fait|الحقيقة|صحيح|حقيقة)(?!\w))",
    re.I,
)


def endorsed(text: str) -> list[Piece]:
    """Return the marks around quotations that their own sentence calls the truth: they are what the message says."""
    if not any(mark in text for mark in '"“”„«'):
        return []
    return [
        piece for found in _TRUE.finditer(text) for piece in ((*found.span(1), ""), (*found.span(3), "."))
    ]


def quoted(text: str) -> list[Piece]:
    """Return what has to go from a text so that only the author's own words stay.

    A quotation that words of the author's own follow goes altogether. One that nothing follows, or only "exactly",
    stays without its marks: hate must not hide behind a ">".
    """
    pieces: list[Piece] = []
    if ">" in text:
        pieces += _lines(text)
    if "[quote" in text.lower():
        for found in _BLOCK.finditer(text):
            if _answers(text[found.end() :]):
                pieces.append((found.start(), found.end(), "\n"))
            else:
                pieces += [(found.start(), found.start(1), "\n"), (found.end(1), found.end(), "\n")]
    return sorted(pieces)


def _lines(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    rows: list[
        tuple[int, int, int]
    ] = []  # of each line: where it begins, where its words begin, where it ends
    start = 0
    for line in text.splitlines(keepends=True):
        mark = _QUOTED.match(line)
        rows.append((start, start + (mark.end() if mark else 0), start + len(line)))
        start += len(line)
    if not any(words > begin for begin, words, _ in rows):
        return pieces
    after = ""  # the author's own words below the line that is looked at, nearest first
    for begin, words, end in reversed(rows):
        if words == begin:
            after = (text[begin:end] + after)[:_LOOKED_AT]
        elif _answers(after):
            pieces.append((begin, end, ""))
        else:
            pieces.append((begin, words, ""))
            said = text[words:end].rstrip()
            if after.strip() and said and said[-1] not in ".!?…؟":
                pieces.append((words + len(said), end, ".\n"))  # "exactly" is a sentence of its own
    return pieces


def _answers(after: str) -> bool:
    """Tell whether words of one's own follow that say more than that the quotation is right."""
    words = _NO_WORDS.sub(" ", after).strip()
    if not words or _WORD.search(words) is None:
        return False
    return _AGREES.match(words) is None
