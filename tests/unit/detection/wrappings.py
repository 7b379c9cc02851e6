"""What people, bridges and bots put around a message, as functions from a message to a message that says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

Wrap = Callable[[str], str]

_MORNING: Final[Mapping[str, str]] = {
    "en": "Good morning everybody, the soup is on the stove.",
    "fr": "Bonjour à tous, la soupe est sur le feu.",
    "de": "Guten Morgen zusammen, die Suppe steht auf dem Herd.",
    "ar": "صباح الخير جميعا، الحساء على النار.",
}
_LATER: Final[Mapping[str, str]] = {
    "en": "Rehearsal is at seven, bring an umbrella.",
    "fr": "La répétition est à sept heures, prenez un parapluie.",
    "de": "Die Probe ist um sieben, nehmt einen Schirm mit.",
    "ar": "التمرين في السابعة، أحضروا مظلة.",
}


def _ended(text: str) -> str:
    return text if text.rstrip()[-1:] in ".!?…؟" else f"{text.rstrip()}."


def wrappings(language: str) -> dict[str, Wrap]:
    """Return every wrapping by name; a harmless sentence is in the message's own language."""
    before, after = _MORNING[language], _LATER[language]
    return {
        "link behind": lambda t: f"{t} https://example.org/news/1234",
        "link in front": lambda t: f"https://example.org/a?b=1 {t}",
        "bare address behind": lambda t: f"{t} example.org/a",
        "text of a link": lambda t: f"[{t.replace('[', '(').replace(']', ')')}](https://example.org/a)",
        "mention with a colon": lambda t: f"@bob: {t}",
        "Matrix mention": lambda t: f"@ann:example.org {t}",
        "Discord mention": lambda t: f"<@123456789> {t}",
        "mentions behind": lambda t: f"{t} @ann @bob",
        "command": lambda t: f"/me {t}",
        "bot command": lambda t: f"!say {t}",
        "backticks": lambda t: f"`{t}`",
        "code fence": lambda t: f"```\n{t}\n```",
        "spoiler": lambda t: f"||{t}||",
        "bold": lambda t: f"**{t}**",
        "struck out": lambda t: f"~~{t}~~",
        "time and number behind": lambda t: f"{t} 12:30 #4711",
        "time in front": lambda t: f"[12:30] {t}",
        "log line": lambda t: f"[12:30:05] <ann> {t}",
        "list item": lambda t: f"- {t}",
        "heart behind": lambda t: f"{t} ❤️",
        "laughing behind": lambda t: f"{t} 😂😂😂",
        "smile in front": lambda t: f"🙂 {t}",
        "smiley behind": lambda t: f"{t} :)",
        "lol behind": lambda t: f"{t} lol",
        "hashtags behind": lambda t: f"{t} #monday #news",
        "entities": lambda t: "".join(f"&#{ord(c)};" if k % 5 == 2 else c for k, c in enumerate(t)),
        "entity quotes": lambda t: f"&lt;{t}&gt;",
        "tags": lambda t: f"<p><b>{t}</b></p>",
        "unanswered quotation": lambda t: "\n".join(f"> {line}" for line in t.splitlines()),
        "harmless sentence in front": lambda t: f"{before} {t}",
        "harmless sentence behind": lambda t: f"{_ended(t)} {after}",
        "harmless sentences around": lambda t: f"{before}\n{_ended(t)}\n{after}",
        "long harmless text around": lambda t: (
            f"{before} {after} " * 20 + _ended(t) + f" {after} {before}" * 20
        ),
    }
