"""Sentences put together from the frames in ``seeds/detection/<language>/frames.tsv``.

Written examples are too few to teach that what is said of one group is as bad of any other, and that naming a group
says nothing by itself. ``{g}`` stands for a group in the plural, ``{p}`` for a place, ``{v}`` for a violent verb,
``{n}`` for a nickname and ``{t}`` for a tool.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from courage.detection.text.lexicons import Lexicon
from courage.detection.training.examples import Example
from courage.errors import CourageError
from courage.taxonomy import CATEGORIES, HATEFUL_KINDS, KINDS

HEADER: Final = ["kind", "frame"]
_PLACES: Final = {
    "muslims": "mosque", "jews": "synagogue", "migrants": "refugee shelter", "lgbt": "gay bar", "roma": "Roma camp",
    "women": "women's shelter", "people_of_colour": "African church", "disabled": "care home", "other": "community centre",
}  # fmt: skip
_VERBS: Final = (
    "kill", "shoot", "hang", "burn", "stab", "beat", "lynch", "gas", "drown", "execute", "slaughter", "butcher",
    "strangle", "run over", "blow up", "cut down", "finish off", "smash", "wipe out",
)  # fmt: skip
_NICKS: Final = (
    "tom_k", "mira", "DarkFish", "jbean", "Zorro77", "owl_", "kattia", "pdq", "RedBaron", "mxl", "sunnyside", "BrainFog",
    "guru99", "WildChild", "lazyfox", "Nomad_", "ghost42", "BlackIce", "pinky", "Viking", "CircusClown", "OldGoat",
)  # fmt: skip
_TOOLS: Final = (
    "apt", "grub", "nano", "the kernel", "firefox", "the installer", "my router", "python", "xorg", "the driver", "ssh",
    "the build", "docker", "cron", "samba", "the mixer", "git", "the panel", "wine", "the scanner",
)  # fmt: skip
_TALKS: Final = 5  # variants of a line of talk
_GROUP_WEIGHT: Final = 0.6
_TALK_WEIGHT: Final = 1.0


def read_frames(path: Path) -> list[tuple[str, str]]:
    """Return the kinds and frames of one file; an absent file has none.

    :raises CourageError: on a wrong header, column count or kind, with file and line.
    """
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].split("\t") != HEADER:
        raise CourageError(f"{path.name}: header must be {' '.join(HEADER)}")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if len(cells) != 2 or cells[0] not in KINDS:
            raise CourageError(f"{path.name} line {number}: expected a kind and a frame, found {cells[:2]}")
        rows.append((cells[0], cells[1]))
    return rows


def compose(
    lexicons: Mapping[str, Lexicon], seeds: Path, *, per_frame: int = 4, seed: int = 5
) -> list[Example]:
    """Return the composed examples of all languages, each frame with ``per_frame`` groups; the same ones each time.

    :raises CourageError: as :func:`read_frames` does.
    """
    pick = random.Random(seed)
    result: list[Example] = []
    for language, lexicon in lexicons.items():
        names: dict[str, list[str]] = {}
        for term, target, form in lexicon.identity_rows:
            if form == "plural" and target != "other":
                names.setdefault(target, []).append(term)
        for kind, frame in read_frames(seeds / language / "frames.tsv"):
            if "{g}" in frame or "{p}" in frame:
                for group in pick.sample(sorted(names), min(per_frame, len(names))):
                    text = frame.replace("{g}", pick.choice(names[group])).replace("{p}", _PLACES[group])
                    result.append(_example(_filled(text, pick), kind, language, (group,), _GROUP_WEIGHT))
            else:
                for _ in range(_TALKS if "{" in frame else 1):
                    result.append(_example(_filled(frame, pick), kind, language, (), _TALK_WEIGHT))
    return result


def _filled(text: str, pick: random.Random) -> str:
    for mark, words in (("{v}", _VERBS), ("{n}", _NICKS), ("{t}", _TOOLS)):
        text = text.replace(mark, pick.choice(words))
    return text


def _example(text: str, kind: str, language: str, groups: tuple[str, ...], weight: float) -> Example:
    hateful = kind in HATEFUL_KINDS
    category = (kind if kind in CATEGORIES else "derogation") if hateful else "none"
    return Example(text, hateful, language, category, groups, kind, "", "composed", weight)
