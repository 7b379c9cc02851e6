"""Gathers what replies are read with: labelled replies, the library's texts, and what the detector's examples lend."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from courage.academy.agreement import Read
from courage.academy.fitting import (
    BORROWED,
    OF_EXAMPLES,
    Labelled,
    fingerprint,
    fit,
    labelled_file,
    read_exemplars,
    read_library,
)
from courage.academy.judge_fitting import held_out, rows_of
from courage.academy.judging import Judged
from courage.academy.labelled import LabelledReply, read_labelled
from courage.academy.likeness import DATA, PREFIX, Encoder, Head, Likeness, load_head
from courage.academy.reader import ReplyReader, cleaned
from courage.detection.training.examples import TRAINED, read_seed_file
from courage.detection.verdict import Verdict
from courage.settings import Settings
from courage.shipped import checkout
from courage.taxonomy import LANGUAGES
from courage.wiring import load_sentence_encoder, make_screener

SHORTEST: Final = 5
LONGEST: Final = 300


def gather(root: Path) -> list[Labelled]:
    """Return every labelled text below a checkout, in an order that is always the same."""
    found = [one for language in LANGUAGES for one in read_exemplars(language, root / "seeds")]
    found += read_library(root / "responses")
    for language in LANGUAGES:
        examples = [
            example
            for file in sorted((root / "seeds" / "detection" / language).glob(TRAINED))
            for example in read_seed_file(file, language, strict=False)
            if SHORTEST <= len(example.text) <= LONGEST
        ]
        for kind, (label, most) in OF_EXAMPLES.items():
            texts = {
                example.text
                for example in examples
                # Talk about a group is no change of subject where a group is the subject.
                if example.kind == kind and not (label == "off_topic" and example.targets)
            }
            chosen = sorted(texts, key=lambda text: (zlib.crc32(text.encode()), text))[:most]
            found += [Labelled(text, label, weight=BORROWED) for text in chosen]
    return found


def fit_shipped(
    encoder: Encoder, out: Path = DATA, progress: Callable[[int, int], None] | None = None
) -> Head:
    """Fit what replies are read with on all there is and write it.

    :raises CourageError: outside a checkout, or where a file of labelled replies is wrong.
    """
    root = checkout("fitting what replies are read with")
    seeds = root / "seeds"
    judged = [one for language in LANGUAGES for one in read_labelled(labelled_file(language, seeds))]
    head = fit(gather(root), encoder, examples=fingerprint(seeds), judged=judged, progress=progress)
    head.save(out)
    return head


class HeldOut(Likeness):
    """Likeness that judges labelled replies by what was fitted on the others."""

    def __init__(self, encoder: Encoder, head: Head, labelled: Sequence[LabelledReply]) -> None:
        super().__init__(encoder, head)
        vectors = [encoder.encode([PREFIX + one.reply]) for one in labelled]
        meaning = head.centred(np.concatenate(vectors).astype(np.float32))
        judged = held_out(labelled, rows_of(labelled, meaning))
        # What is read is cleaned before, what is labelled is not.
        self._known = {
            (cleaned(one.reply), one.language, one.message): found
            for one, found in zip(labelled, judged, strict=True)
        }

    def judge(
        self,
        text: str,
        language: str,
        *,
        said: str = "",
        person_hit: str | None = None,
        cast: Sequence[str] = (),
    ) -> Judged:
        return self._known[text, language, said]


def reading_of(settings: Settings, apart: Sequence[LabelledReply] = ()) -> Read:
    """Return what reads labelled replies as the program reads them, own screening and all.

    :param apart: read these, and no others, by what the rest of them teaches.
    :raises CourageError: if the encoder, the detection model or the head cannot be used.
    """
    screener = make_screener(settings)

    def screen(texts: Sequence[str], language: str) -> list[Verdict]:
        return screener.screen_many(texts, explained=False, language=language)

    encoder = load_sentence_encoder(settings)
    likeness = HeldOut(encoder, load_head(), apart) if apart else Likeness(encoder, load_head())
    reader = ReplyReader(likeness, screen)
    return lambda one: reader.read(
        one.reply, one.language, said=one.message, person_hit=one.person_hit, cast=one.cast
    )
