"""What stands around the words of a message and is no part of what it says, set apart with offsets kept.

Addresses, mentions, commands, code marks, spoilers, times, numbers of messages, smiling tails and trailing hashtags
change what an encoder makes of a sentence though they change nothing for a reader.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_plus

from courage.detection.text.quotes import endorsed, quoted
from courage.detection.text.shown import as_shown
from courage.detection.text.traced import Piece, Traced
from courage.detection.text.vocabulary import Vocabulary

_SCHEME = r"(?:https?|ftp|mxc|matrix|discord|tg|file|ipfs|irc)://|mailto:|www\."
_ADDRESS: Final = re.compile(rf"(?:{_SCHEME})[^\s<>\"'`|\\^{{}}\[\]«»“”]+", re.I)
_BARE_ADDRESS: Final = re.compile(
    r"(?<![\w@./:-])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,4}(?:com|org|net|io|gov|edu|info|eu|de|fr|at|ch|be|uk|me|tv|gg|ly|co|app|dev|example)"
    r"(?::\d{2,5})?(?:/[^\s<>\"'`|\\^{}\[\]«»“”]*)?(?![\w])",
    re.I,
)
_MARKDOWN_LINK: Final = re.compile(
    r"!?\[([^\[\]\n]{1,500})\](\((?:<[^<>\n]{0,2000}>|[^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,500}){0,3})(?:\s+[\"'][^\"'\n]{0,200}[\"'])?\)"
    r"|\[[^\[\]\n]{0,100}\])"
)
_FENCE: Final = re.compile(
    r"```(?:(?:bash|sh|zsh|shell|console|python|py|js|ts|json|ya?ml|toml|html|css|xml|sql|c|cpp|rust|go|java|php|ruby|text|txt|md|diff|ini)(?=\n))?"
)
_CHAT_MARK: Final = re.compile(
    r"<a?:\w{1,40}:\d{5,25}>|<(?:@[!&]?|#)[\w:.=/+-]{1,255}>|<t:-?\d{1,15}(?::\w)?>|</[\w -]{1,40}:\d{1,25}>"
)
_MENTION: Final = re.compile(
    r"(?<![\w.])@(?:[\w.=/+-]{1,64}:[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+(?::\d{1,5})?|\w[\w.-]{0,63})(?:#\d{4})?(?:[:,](?=\s|$))?"
)
_COMMAND: Final = re.compile(
    r"(?m)^([ \t]*(?:[/!]|[.$?](?=[a-z]{2,12}\s)))([A-Za-z][\w-]{0,31})(?=[ \t]+\S|$)"
)
_EDGE_MARKS: Final = re.compile(
    r"(?<!\w)[*_~|`]+(?=[^\s*_~|`])|(?<=[^\s*_~|`])[*_~|`]+(?!\w)|(?<!\S)[*_~|`]{2,}(?!\S)|`+"
)
_BRACKETED: Final = re.compile(r"<>|<(?=[^<>\n]{2,2000}?\s[^<>\n]{1,2000}>)|(?<=[^\s<>=-])>(?=\s|$)")
_SPOILER: Final = re.compile(r">!(?=\S)|(?<=\S)!<")

_TIME = r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:[ ]?[ap]\.?m\.?(?!\w)|[ ]?(?:Uhr|h)(?!\w))?"
_DATE = r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z?)?"
_NUMBER = r"[#№]\d{1,20}|(?<![\w./-])(?!(?:14|18|28|88|1488|1933|1945|6000000)(?!\d))\d{3,20}(?![\w%./-])"
_SMILEY = r"[:;=8xX][-'^o]?[)(\]DPpOo3/|*]+(?!\w)|<3+(?!\d)|\^_?\^|[xX]D+(?!\w)"
_LAUGH = r"(?<!\w)(?:lo+l+|lmf?ao+|rofl|ha(?:ha)+h?|he(?:he)+|hi(?:hi)+|hh+h|mdr+|ptdr+|هه+|xd+)(?!\w)"
# Faces that smile or laugh or weep, hearts, hands that greet, sparkles: they say how, not what.
_MILD = (
    "[\U0001f600-\U0001f60f\U0001f610\U0001f611\U0001f614\U0001f617-\U0001f61d\U0001f622\U0001f62d\U0001f636\U0001f642\U0001f643"
    "\U0001f605\U0001f606\U0001f60a-\U0001f60e\U0001f917\U0001f923\U0001f929\U0001f92a\U0001f92d\U0001f970\U0001f972\U0001f973"
    "\U0001f978\U0001f97a\U0001f979\u263a\u2639\U0001f641\u2764\u2763\u2665\U0001f493-\U0001f49f\U0001f5a4\U0001f90d\U0001f90e"
    "\U0001f9e1\U0001fa75-\U0001fa77\U0001f44b\U0001f44d\U0001f44c\U0001f44f\U0001f64f\U0001f64c\U0001f91d\U0001f4af\u2728\u2b50"
    "\U0001f31f\U0001f389\U0001f38a\U0001f338\U0001f33b\U0001f339\U0001f340\u2600\U0001f31e\U0001f308\U0001f937\U0001f926]"
    "(?:[\ufe0e\ufe0f\u200d\u2640\u2642\U0001f3fb-\U0001f3ff\u2764\U0001f525]*)"
)
_ITEM = rf"[\[(]?(?:{_DATE}|{_TIME})[\])]?|[\[(]\d{{1,6}}[\])]|{_NUMBER}|@somebody|{_SMILEY}|{_LAUGH}|{_MILD}"
_AROUND: Final = re.compile(rf"(?:[ \t]*+(?:{_ITEM})[,;]?)++[ \t]*+", re.I)
_BULLET: Final = re.compile(r"(?m)^[ \t]*(?:[-*•·–+]+|\d{1,3}[.)]|[a-z][.)])[ \t]+(?=\S)")
_NICK: Final = re.compile(
    r"(?m)^[ \t]*(?:[\[(]?\d{1,2}:\d{2}(?::\d{2})?[\])]?[ \t]*)?<[@+%~&]?([\w\-\[\]^|`]{1,30})>[ \t]+(?=\S)"
)
_AFTER: Final = re.compile(r"[ \t.!?…؟]*(?:\n|\Z)")
_TAGS: Final = re.compile(
    r"(?:[ \t]*#[^\W\d][\w-]*+)++(?=[ \t.!?…]*(?:\n|\Z))|(?m:^)(?:[ \t]*#[^\W\d][\w-]*+)++(?=[ \t])"
)
_MAY: Final = re.compile(
    r"[@#`|~*_<>\[\]^]|://|www\.|mailto:|\.[a-z]{2,7}/|^[ \t]*[/!.$?]\w|\d[:.h]\d\d|\d{3}|\d[/-]\d|^[ \t]*(?:[-•·–+]|\w{1,3}[.)])"
    r"|\S\.(?:com|org|net|io|de|fr|eu|example)\b|[:;=8xX][-'^o]?[)(\]DPpOo3/|*]|lo+l|lma|rofl|haha|hehe|hihi|hhh|mdr|ptdr|هه"
    r"|[^\x00-\u02ff\u0600-\u06ff\u2010-\u2027]",
    re.I | re.M,
)
_SLUG: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LEAST_WORDS = 3
_MOST_SLUG = 400


class Unwrapper:
    """Sets apart what stands around words; thread-safe."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def __call__(self, text: str) -> Traced:
        """Return what a message says, line by line: own words, words inside addresses, trailing hashtags.

        Where nothing but wrapping is there, nothing is left. Offsets point into ``text``.
        """
        shown = as_shown(text)
        shown = shown.replaced(endorsed(shown.text))
        if _MAY.search(shown.text) is None:
            return shown
        shown = shown.replaced(quoted(shown.text))
        shown = shown.replaced(self._links(shown.text))
        shown = shown.replaced(self._addresses(shown.text))
        shown = shown.replaced(self._marks(shown.text))
        shown = shown.replaced(_around(shown.text))
        return shown.replaced(_tags(shown.text))

    @staticmethod
    def _links(text: str) -> list[Piece]:
        """Leave of a link with a text only the text, and the address for the next step."""
        if "](" not in text and "][" not in text:
            return []
        pieces: list[Piece] = []
        for found in _MARKDOWN_LINK.finditer(text):
            pieces.append((found.start(), found.start(1), ""))
            pieces.append((found.end(1), found.start(2) + 1, "\n"))
            pieces.append((found.end() - 1, found.end(), "\n"))
        return pieces

    def _addresses(self, text: str) -> list[Piece]:
        pieces: list[Piece] = []
        for pattern in (_ADDRESS, _BARE_ADDRESS):
            for found in pattern.finditer(text):
                start, end = found.span()
                while end > start and text[end - 1] in ".,;:!?)’":
                    end -= 1
                if not any(begin < end and start < done for begin, done, _ in pieces):
                    pieces.append((start, end, self._words_in(text[start:end])))
            if "://" not in text and "www." not in text and "." not in text:
                break
        return sorted(pieces)

    def _words_in(self, address: str) -> str:
        """Return the words that an address spells out, as a line of their own, or a blank."""
        path = re.sub(r"^(?:[a-z]+://|mailto:)?[^/?#]*", "", address, count=1, flags=re.I)
        if len(path) < 10 or len(path) > 2000:
            return " "
        best = ""
        for part in re.split(r"[/?&#=]", path):
            read = unquote_plus(part, errors="replace")
            words = _SLUG.findall(re.sub(r"\.\w{2,5}$", "", read))
            known = sum(word.lower() in self._vocabulary for word in words)
            if len(words) >= _LEAST_WORDS and 3 * known >= 2 * len(words) and len(read) > len(best):
                best = read if " " in read else " ".join(words)
        return f"\n{' '.join(best[:_MOST_SLUG].split())}\n" if best else " "

    def _marks(self, text: str) -> list[Piece]:
        pieces: list[Piece] = []

        def note(start: int, end: int, new: str) -> None:
            pieces.append((start, end, new))

        for found in _CHAT_MARK.finditer(text) if "<" in text else ():
            note(*found.span(), " @somebody " if found[0].startswith("<@") else " ")
        for found in _NICK.finditer(text) if "<" in text else ():
            if found[1].lower() not in self._vocabulary.carriers:
                note(*found.span(), "")
        for found in _MENTION.finditer(text) if "@" in text else ():
            name = found[0][1:].rstrip(":,")
            note(*found.span(), f" {name} " if name.lower() in self._vocabulary.carriers else "@somebody")
        for found in _COMMAND.finditer(text):
            named = found[2].lower() in self._vocabulary.carriers
            note(found.start(), found.end(1) if named else found.end(), "")
        for found in _FENCE.finditer(text) if "```" in text else ():
            note(*found.span(), "\n")
        for found in _BRACKETED.finditer(text) if "<" in text else ():
            note(*found.span(), " " if found[0] == "<>" else "")
        for found in _SPOILER.finditer(text):
            note(*found.span(), "")
        for found in _EDGE_MARKS.finditer(text):
            note(*found.span(), "")
        for found in _BULLET.finditer(text):
            note(*found.span(), "")
        return _apart(pieces)


def _apart(pieces: list[Piece]) -> list[Piece]:
    """Return pieces in order, of overlapping ones the first."""
    kept: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: (piece[0], -piece[1])):
        if not kept or piece[0] >= kept[-1][1]:
            kept.append(piece)
    return kept


def _around(text: str) -> list[Piece]:
    """Return what stands at the beginning or end of a line and is no word of a sentence."""
    pieces: list[Piece] = []
    for found in _AROUND.finditer(text):
        start, end = found.span()
        first = start == 0 or text[start - 1] == "\n"
        if first or _AFTER.match(text, end):
            pieces.append((start, end, "" if first else " "))
        elif start and text[start - 1] in ".!?…" and end < len(text):
            pieces.append((start, end, "\n"))
    return pieces


def _tags(text: str) -> list[Piece]:
    """Give hashtags before or after a sentence a line of their own."""
    if "#" not in text:
        return []
    pieces: list[Piece] = []
    for found in _TAGS.finditer(text):
        start, end = found.span()
        if start and text[start - 1] != "\n":
            blank = start + 1 if text[start] in " \t" else start
            pieces.append((start, blank, "\n"))
        if end < len(text) and text[end] in " \t":
            pieces.append((end, end + 1, "\n"))
    return pieces
