"""Variants of examples: other groups in the same sentence, and the ways in which people disguise words."""

from __future__ import annotations

import random
import re

from courage.detection.text.lexicons import Lexicon

_LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7"}
_TWINS = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х", "i": "і"}
# What stands around messages in chats; harmless by itself, so that no label depends on it. {} is the message.
_WRAPPINGS = (
    "{} https://example.org/a/{n}", "https://example.org/watch?v={n} {}", "{} www.example.com/{n}.html",
    "@{name}: {}", "@{name} {}", "{name}: {}", "{name}, {}", "{} @{name}", "`{}`", "||{}||", "**{}**", "_{}_",
    "> {}", "\"{}\"", "[{h}:{m}] {}", "{h}:{m} #{n} {}", "#{n} {}", "!{name} {}", "/me {}", "{} (edited)",
    "{} #{name}", "RT @{name}: {}", "re: {}", "{n}. {}", "- {}", "[USER] {}", "{} [URL]", "&gt; {}", "...{}...",
)  # fmt: skip
_NAMES = (
    "bob",
    "Mira77",
    "tom_k",
    "Anna",
    "karim",
    "Jule",
    "everyone",
    "here",
    "Paulo",
    "yousef",
    "nico",
    "DarkFish",
)
_TAILS = (
    "😂",
    "🤣",
    "❤️",
    "🙏",
    "😊",
    "👍",
    "🔥",
    "💀",
    "😭",
    "🎉",
    "😡",
    "🤔",
    "lol",
    "haha",
    ":)",
    ";-)",
    "xD",
    "...",
    "!!!",
    "ok",
)
_WORD = re.compile(r"[A-Za-zÀ-ÿ]{4,}")


class Swapper:
    """Replaces the one named group of a text by another of the same grammatical form, in the lexicon's language."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._terms: dict[str, tuple[str, str]] = {}
        self._pool: dict[str, dict[str, list[str]]] = {}
        for term, target, form in lexicon.identity_rows:
            if target == "other":
                continue
            self._terms[term.lower()] = (target, form)
            self._pool.setdefault(form, {}).setdefault(target, []).append(term)
        names = sorted(self._terms, key=len, reverse=True)
        self._pattern = (
            re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)", re.I) if names else None
        )

    def __call__(
        self, text: str, targets: tuple[str, ...] | None, pick: random.Random
    ) -> tuple[str, tuple[str, ...]] | None:
        """Return the new text and its targets, or ``None`` where not exactly one group is named."""
        if self._pattern is None:
            return None
        matches = list(self._pattern.finditer(text))
        groups = {self._terms[match[0].lower()][0] for match in matches}
        if len(groups) != 1 or (targets and set(targets) != groups) or len(matches) > 3:
            return None
        others = sorted({group for pool in self._pool.values() for group in pool} - groups)
        if not others:
            return None
        new = pick.choice(others)
        out, last = [], 0
        for match in matches:
            options = self._pool.get(self._terms[match[0].lower()][1], {}).get(new)
            if not options:
                return None
            word = pick.choice(options)
            out += [
                text[last : match.start()],
                word[0].upper() + word[1:] if match[0][0].isupper() else word,
            ]
            last = match.end()
        return "".join(out) + text[last:], (new,)


def disguise(text: str, pick: random.Random) -> str:
    """Misspell one to three of the longer words the way people do it, by accident or to get past a filter."""
    words = [match.span() for match in _WORD.finditer(text)]
    if not words:
        return text
    chosen = sorted(pick.sample(words, min(len(words), pick.choice((1, 1, 2, 3)))), reverse=True)
    for start, end in chosen:
        text = text[:start] + _disguise_word(text[start:end], pick) + text[end:]
    return text


def _disguise_word(word: str, pick: random.Random) -> str:
    way = pick.choice(
        ("swap", "delete", "leet", "leet", "space", "twin", "repeat", "upper", "stick", "vowel")
    )
    spot = pick.randrange(1, len(word) - 1)
    if way == "swap":
        return word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :]
    if way == "delete":
        return word[:spot] + word[spot + 1 :]
    if way == "leet":
        return "".join(
            pick.choice(_LEET[c]) if c in _LEET and pick.random() < 0.6 else c for c in word.lower()
        )
    if way == "space":
        return pick.choice((" ", ".", "-")).join(word)
    if way == "twin":
        return "".join(_TWINS.get(c, c) if pick.random() < 0.5 else c for c in word)
    if way == "repeat":
        return word[:spot] + word[spot] * 3 + word[spot:]
    if way == "vowel":
        return word[0] + re.sub("[aeiou]", "*", word[1:-1], count=1) + word[-1]
    return word.upper() if way == "upper" else word[:spot] + " " + word[spot:]


def wrap(text: str, pick: random.Random) -> str:
    """Return a text as it stands in a chat: with a link, a name, a mark or a time around it, or signs behind it."""
    if pick.random() < 0.35:
        tail = pick.choice(_TAILS)
        return f"{text} {tail * pick.choice((1, 1, 2, 3))}"
    values = {
        "n": str(pick.randrange(1, 99999)), "h": f"{pick.randrange(24):02}", "m": f"{pick.randrange(60):02}",
        "name": pick.choice(_NAMES),
    }  # fmt: skip
    form = pick.choice(_WRAPPINGS)
    for name, value in values.items():
        form = form.replace("{" + name + "}", value)
    return form.replace("{}", text)
