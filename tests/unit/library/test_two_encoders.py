"""Two encoders side by side: one vector, one cosine that is the mean of both; and every encoder's cosines on one scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from courage.library.search.beside import CENTRES
from courage.library.search.index import LibraryIndex
from courage.library.search.vectors import Beside, Vectors
from courage.library.suggest.nearness import SPREAD, USUAL, Nearness
from courage.library.suggest.offtopic import SENTENCES

from .conftest import Kit, WordEncoder, verdict

PREFIXES = ("query: ", "passage: ")


class Cone(WordEncoder):
    """Puts all texts into a narrow cone, as e5 does: unlike texts have a cosine of about 0.8."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        plain = super().encode(texts) + 2.0 / np.sqrt(self.dimensions)
        return plain / np.linalg.norm(plain, axis=1, keepdims=True)


def beside(encoder: WordEncoder, share: float = 0.5) -> Beside:
    return Beside(encoder, PREFIXES, np.zeros((2, encoder.dimensions), np.float32), share)


def test_the_cosine_of_both_is_the_mean_of_their_cosines() -> None:
    texts = ["migrants take our jobs", "our jobs are safe"]
    one, two = WordEncoder(), Cone()
    joined = Vectors(one, beside=beside(two))
    both = joined.many(texts, ["en", "en"]) @ joined.query("who takes our jobs")
    first = one.encode(texts) @ one.encode(["who takes our jobs"])[0]
    second = (
        two.encode([PREFIXES[1] + t for t in texts]) @ two.encode([PREFIXES[0] + "who takes our jobs"])[0]
    )
    assert both == pytest.approx((first + second) / 2, abs=1e-5)
    assert joined.dimensions == one.dimensions + two.dimensions
    assert np.linalg.norm(joined.query("anything")) == pytest.approx(1.0, abs=1e-5)


def test_texts_that_the_glosses_make_one_stay_two_for_the_second_encoder() -> None:
    vectors = Vectors(WordEncoder(), pivot=lambda text, language: "gloss", beside=beside(WordEncoder("b")))
    first, second = vectors.many(["die Nachbarn", "der Lärm"], ["de", "de"])
    assert not np.allclose(first, second)


def test_what_all_texts_have_in_common_is_taken_off() -> None:
    encoder = Cone()
    centre = encoder.encode(SENTENCES).mean(axis=0)
    joined = Vectors(WordEncoder(), beside=Beside(encoder, ("", ""), np.stack([centre, centre]), 1.0))
    cosines = joined.queries(SENTENCES) @ joined.passages(SENTENCES).T
    assert abs(float(cosines[~np.eye(len(SENTENCES), dtype=bool)].mean())) < 0.1


def test_vectors_made_without_it_or_with_other_centres_are_made_anew(tmp_path: Path) -> None:
    made = Vectors(WordEncoder(), tmp_path, beside=beside(WordEncoder("b")))
    made.many(["a text"], ["en"])
    again = WordEncoder()
    Vectors(again, tmp_path, beside=beside(WordEncoder("b"))).many(["a text"], ["en"])
    assert again.encoded == 0
    for other in (None, beside(WordEncoder("c")), beside(WordEncoder("b"), share=0.3)):
        encoder = WordEncoder()
        Vectors(encoder, tmp_path, beside=other).many(["a text"], ["en"])
        assert encoder.encoded == 1


def test_the_shipped_centres_are_those_of_messages_and_of_responses() -> None:
    centres = np.load(CENTRES)
    assert centres.shape == (2, 384)
    assert (np.linalg.norm(centres, axis=1) < 1.0).all()
    assert not np.allclose(centres[0], centres[1])


@pytest.mark.parametrize("encoder", [WordEncoder(), Cone()])
def test_every_encoder_has_the_same_scale(make_kit: Callable[..., Kit], encoder: WordEncoder) -> None:
    index = LibraryIndex(make_kit().library.sessions, encoder)
    nearness = Nearness(index)
    vectors = index.vectors
    cosines = vectors.queries(SENTENCES) @ vectors.passages(SENTENCES).T
    apart = nearness.likeness(cosines[~np.eye(len(SENTENCES), dtype=bool)])
    assert apart.mean() == pytest.approx(USUAL, abs=1e-3)
    assert apart.std() == pytest.approx(SPREAD, abs=1e-3)
    assert nearness.likeness(np.array([1.0]))[0] > USUAL + 5 * SPREAD


def test_what_fits_with_an_encoder_fits_with_one_that_puts_all_into_a_cone(
    make_kit: Callable[..., Kit],
) -> None:
    kit = make_kit(encoder=Cone())
    kit.approved("We share the work.", id="jobs", narratives=("migrants steal our jobs and wages",))
    assert [s.id for s in kit.ask("migrants steal our jobs").suggestions] == ["jobs"]
    unlike = "what a goal in the last minute"
    assert kit.ask(unlike, verdict=verdict(unlike, targets=())).abstained
