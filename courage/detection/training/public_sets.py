"""Readers of openly licensed public data sets, all optional: a missing file is simply left out.

Sets that may not be redistributed, and share-alike ones, are never read for training.
"""

from __future__ import annotations

import ast
import csv
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from courage.detection.training.examples import Example

LICENCES = {
    "hatemoji": "HatemojiBuild, CC BY 4.0",
    "edos": "EDOS (SemEval 2023 task 10), CC0",
    "davidson": "Davidson et al. 2017, MIT",
    "toxigen": "ToxiGen demonstrations, MIT-style",
    "gahd": "GAHD, CC BY 4.0",
    "germeval": "GermEval 2018, CC BY 4.0",
    "mlma": "MLMA, MIT",
    "irc": "Ubuntu IRC sample, CC BY 4.0 (thresholds only)",
}
_HATEMOJI_TARGETS = {
    "wom": "women", "gay": "lgbt", "trans": "lgbt", "gay.man": "lgbt", "gay.wom": "lgbt", "bis": "lgbt", "mus": "muslims",
    "jew": "jews", "bla": "people_of_colour", "bla.wom": "people_of_colour", "bla.man": "people_of_colour",
    "asi": "people_of_colour", "asi.chin": "people_of_colour", "asi.east": "people_of_colour", "arab": "migrants",
    "asi.south": "people_of_colour", "asi.pak": "migrants", "immig": "migrants", "ref": "migrants", "for": "migrants",
    "mixed.race": "people_of_colour", "trav": "roma", "dis": "disabled", "indig": "people_of_colour",
    "indig.wom": "people_of_colour", "mus.wom": "muslims", "asi.wom": "people_of_colour", "non.white": "people_of_colour",
    "ethnic.minority": "people_of_colour", "gendermin": "lgbt", "hispanic": "migrants", "lat": "migrants",
}  # fmt: skip
_HATEMOJI_CATEGORIES = {
    "derogation": "derogation", "dehumanizing": "dehumanisation", "animosity": "animosity",
    "threateninglanguage": "threat", "supporthate": "support_hate", "none": "none",
}  # fmt: skip


def _table(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, delimiter=delimiter)


def hatemoji(folder: Path, part: str) -> Iterator[Example]:
    """HatemojiBuild; ``part`` is train, validation or test."""
    for row in _table(folder / f"hatemoji_build_{part}.csv"):
        hateful = row["label_gold"] == "1"
        try:
            names = [str(name) for name in ast.literal_eval(row["target"])]
        except (ValueError, SyntaxError):
            names = []
        groups = tuple(dict.fromkeys(_HATEMOJI_TARGETS[name] for name in names if name in _HATEMOJI_TARGETS))
        category = _HATEMOJI_CATEGORIES.get(row["type"]) if hateful else "none"
        yield Example(
            row["text"], hateful, "en", category, groups if hateful and groups else None, None, "", "hatemoji"
        )


def edos(folder: Path, part: str) -> Iterator[Example]:
    """EDOS; ``part`` is train, dev or test."""
    for row in _table(folder / "edos.csv"):
        if row["split"] == part:
            hateful = row["label_sexist"] == "sexist"
            groups = ("women",) if hateful else None
            yield Example(row["text"], hateful, "en", None if hateful else "none", groups, None, "", "edos")


def davidson(folder: Path) -> Iterator[Example]:
    """Davidson et al.: hate and neither; what is only offensive is left out as undecided."""
    for row in _table(folder / "davidson.csv"):
        if row["class"] in "02":
            hateful = row["class"] == "0"
            yield Example(
                row["tweet"], hateful, "en", None if hateful else "none", None, None, "", "davidson"
            )


def toxigen(folder: Path) -> Iterator[Example]:
    """The human demonstrations of ToxiGen."""
    for row in _table(folder / "toxigen_demonstrations.csv"):
        hateful = row["label"] == "hate"
        yield Example(row["text"], hateful, "en", None if hateful else "none", None, None, "", "toxigen")


def gahd(folder: Path, part: str) -> Iterator[Example]:
    """GAHD, German; ``part`` is train, dev or test."""
    for row in _table(folder / "gahd.csv"):
        if row["split"] == part:
            hateful = row["label"] in ("1", "1.0")
            yield Example(row["text"], hateful, "de", None if hateful else "none", None, None, "", "gahd")


def germeval_benign(folder: Path) -> Iterator[Example]:
    """GermEval 2018's inoffensive tweets; its offence is wider than hate and is not used."""
    for line in (folder / "germeval2018_training.tsv").read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if len(cells) == 3 and cells[1] == "OTHER":
            yield Example(cells[0], False, "de", "none", None, None, "", "germeval")


def mlma(folder: Path, language: str) -> Iterator[Example]:
    """MLMA in ``en``, ``fr`` or ``ar``: plainly hateful and plainly normal tweets only."""
    for row in _table(folder / f"mlma_{language}.csv"):
        words = row["sentiment"].split("_")
        if "hateful" in words or words == ["normal"]:
            yield Example(row["tweet"], "hateful" in words, language, None, None, None, "", "mlma")


def training_mix(folder: Path | None, seed: int = 7) -> list[Example]:
    """Return a shuffled sample of every set that is present, with its weight against our own examples."""
    if folder is None or not folder.is_dir():
        return []
    pick = random.Random(seed)
    plan: list[tuple[Callable[[], Iterable[Example]], int, float]] = [
        # Adversarial pairs are learned only when they are met more than once.
        (lambda: [e for e in hatemoji(folder, "train") for _ in range(3)], 15000, 0.8),
        (lambda: (e for e in edos(folder, "train") if e.hateful), 1000, 0.4),
        (lambda: (e for e in edos(folder, "train") if not e.hateful), 1200, 0.5),
        (lambda: (e for e in davidson(folder) if not e.hateful), 700, 0.5),
        (lambda: (e for e in davidson(folder) if e.hateful), 300, 0.3),
        (lambda: toxigen(folder), 800, 0.7),
        (lambda: gahd(folder, "train"), 5000, 0.6),
        (lambda: germeval_benign(folder), 300, 0.4),
        (lambda: (e for e in mlma(folder, "fr") if not e.hateful), 200, 0.3),
        (lambda: (e for e in mlma(folder, "ar") if not e.hateful), 200, 0.3),
    ]
    mixed: list[Example] = []
    for read, most, weight in plan:
        try:
            rows = list(read())
        except FileNotFoundError:
            continue
        pick.shuffle(rows)
        mixed += [
            Example(e.text, e.hateful, e.language, e.category, e.targets, e.kind, e.group, e.source, weight)
            for e in rows[:most]
        ]
    pick.shuffle(mixed)
    return mixed


def development_mix(folder: Path | None) -> list[Example]:
    """Return parts kept aside by the sets' authors, for calibration only."""
    if folder is None or not folder.is_dir():
        return []
    mixed: list[Example] = []
    plan: list[tuple[Callable[[], Iterator[Example]], int]] = [
        (lambda: hatemoji(folder, "validation"), 600),
        (lambda: gahd(folder, "dev"), 600),
        (lambda: edos(folder, "dev"), 500),
    ]
    for read, most in plan:
        try:
            mixed += list(read())[:most]
        except FileNotFoundError:
            continue
    return mixed


def group_chat(folder: Path, part: int) -> list[str]:
    """Return every other message of the Ubuntu IRC sample: ``part`` 0 chooses limits, ``part`` 1 measures them."""
    return [row["text"] for row in _table(folder / "ubuntu_irc_dev.csv")][part::2]


def chat_for_limits(folder: Path | None) -> list[str]:
    """Return the ordinary chat on which limits are chosen; nothing where it is not there."""
    try:
        return [] if folder is None else group_chat(folder, 0)
    except FileNotFoundError:
        return []
