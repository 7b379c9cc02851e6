"""Labelled examples: the project's own seeds, and the split that keeps a part aside for calibration."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from courage.detection.model.heads import MODEL_CATEGORIES, MODEL_KINDS
from courage.detection.text.language import identify
from courage.detection.text.lexicons import decode_references
from courage.errors import CourageError
from courage.taxonomy import LANGUAGES, TARGET_GROUPS

_PERSONAL = (
    (re.compile(r"(?i)\b(?:https?://|www\.)\S+"), "(link)"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "(address)"),
    (re.compile(r"@[\w.:-]+"), "@somebody"),
    (re.compile(r"\+?\d[\d\s()/-]{6,}\d"), "(number)"),
)
# Examples to train on; and two sets only to measure with, the second put as plainly as most people put it.
TRAINED, HELDOUT, PLAIN = "train-*.tsv", "heldout.tsv", "heldout-plain.tsv"
NARRATIVES = "heldout-narrative.tsv"  # only to measure with, too
ROUND = "heldout-round-*.tsv"  # pairs of adversarial rounds kept aside, only to measure with
EVERYDAY = "limits-everyday.tsv"  # ordinary talk, only to choose limits by
# Ordinary talk in bulk, only to train on: so much of it in calibration would say how common hate is among the examples.
ROOMS = "rooms"
_ROUND = re.compile(r"-round-(\d+)")
HEADER = ["label", "category", "targets", "kind", "pair", "text"]


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text; ``category``, ``targets`` and ``kind`` are ``None`` where a source does not say.

    ``decided`` false means that ``hateful`` is a guess, which training does not use. Members of one ``group`` are never
    divided between training and calibration. ``round`` is that of adversarial examples which a seed came with, 0 for none.
    """

    text: str
    hateful: bool
    language: str
    category: str | None = None
    targets: tuple[str, ...] | None = None
    kind: str | None = None
    group: str = ""
    source: str = "seeds"
    weight: float = 1.0
    decided: bool = True
    round: int = 0


def read_seed_file(
    path: Path, language: str, lexicons: Path | None = None, *, strict: bool = True
) -> Iterator[Example]:
    """Yield the examples of one seed file, slur references decoded; an empty category or kind is unknown.

    :raises CourageError: on a wrong header, column count or code, with file and line.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines[0].strip("\r").split("\t") != HEADER:
        raise CourageError(f"{path.name}: header must be {' '.join(HEADER)}")
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        try:
            yield _example(line.rstrip("\r").split("\t"), path, number, language, lexicons)
        except CourageError:
            if strict:
                raise


def _example(cells: list[str], path: Path, number: int, language: str, lexicons: Path | None) -> Example:
    if len(cells) != 6:
        raise CourageError(f"{path.name} line {number}: {len(cells)} columns, expected 6")
    label, category, targets, kind, pair, text = cells
    groups = tuple(code for code in targets.split(",") if code)
    if label not in ("0", "1") or category not in ("", *MODEL_CATEGORIES) or kind not in ("", *MODEL_KINDS):
        raise CourageError(f"{path.name} line {number}: label, category or kind is unknown: {cells[:4]}")
    if not set(groups) <= set(TARGET_GROUPS):
        raise CourageError(f"{path.name} line {number}: unknown target group in {targets!r}")
    decoded = decode_references(text, language, *(() if lexicons is None else (lexicons,)))
    key = f"{language}:{path.stem}:{pair}" if pair else f"{language}:{text}"
    if pair.startswith("@"):
        key = pair
    came_with = _ROUND.search(path.stem)
    return Example(
        decoded, label == "1", language, category or None, groups, kind or None, key,
        ROOMS if path.stem.startswith("train-rooms") else "seeds",
        round=int(came_with[1]) if came_with else 0,
    )  # fmt: skip


def seed_line(text: str, hateful: bool) -> str:
    """Return a line of a seed file for a text of which only the label is known; mentions and addresses are blanked."""
    for pattern, stand_in in _PERSONAL:
        text = pattern.sub(stand_in, text)
    # White brackets would be read as the reference of a slur.
    words = " ".join(text.replace("⟦", "[").replace("⟧", "]").split())
    return "\t".join(("1" if hateful else "0", "" if hateful else "none", "", "", "", words))


def read_feedback(path: Path) -> list[Example]:
    """Read what ``courage feedback export`` wrote; what a line leaves empty is unknown, languages are identified.

    :raises CourageError: where the file cannot be read or a line is malformed.
    """
    try:
        found = list(read_seed_file(path, "en"))
    except (OSError, UnicodeDecodeError) as error:
        raise CourageError(f"{path} cannot be read as seed lines: {error}") from error
    examples = []
    for example in found:
        language = identify(example.text)
        spoken = language if language in LANGUAGES else "en"
        examples.append(replace(example, language=spoken, targets=example.targets or None, source="feedback"))
    return examples


def read_seeds(folder: Path, files: str = TRAINED, *, strict: bool = True) -> list[Example]:
    """Read all files of one sort (``TRAINED``, ``HELDOUT`` or ``PLAIN``) under ``folder/<language>/``.

    With ``strict`` false, malformed lines are left out instead of raising.
    """
    examples: list[Example] = []
    for language in LANGUAGES:
        for path in sorted((folder / language).glob(files)):
            examples += read_seed_file(path, language, strict=strict)
    if not any(example.group.startswith("@") for example in examples):
        return examples
    origins = _origins(folder / "en")
    return [replace(e, group=origins.get(e.group, e.group)) for e in examples]


def line_id(text: str) -> str:
    """Return the id by which a rendering names the English line that it renders: eight digits, of the text as stored."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _origins(folder: Path) -> dict[str, str]:
    """Return the groups of English examples by what renderings of them have in the column ``pair``: ``@`` and the id."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob(TRAINED)):
        for line in path.read_text(encoding="utf-8").split("\n")[1:]:
            cells = line.rstrip("\r").split("\t")
            if len(cells) == len(HEADER):
                key = f"en:{path.stem}:{cells[4]}" if cells[4] else f"en:{cells[5]}"
                found.setdefault("@" + line_id(cells[5]), key)
    return found


def split(examples: list[Example], share: float = 0.08) -> tuple[list[Example], list[Example]]:
    """Divide into training and development parts; members of a contrastive pair stay together, order is kept.

    Ordinary talk in bulk is all for training.
    """
    train: list[Example] = []
    dev: list[Example] = []
    for example in examples:
        digest = hashlib.blake2b(example.group.encode("utf-8", "replace"), digest_size=4).digest()
        aside = example.source != ROOMS and int.from_bytes(digest, "big") / 2**32 < share
        (dev if aside else train).append(example)
    return train, dev
