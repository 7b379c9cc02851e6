"""multilingual-e5-small out of its package's file: the right file only, nothing lost by cutting its vocabulary."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from courage.detection.model import e5
from courage.detection.model.e5 import E5Error, Piece

TEXTS = (
    "They breed like rats 🐀, all of them!",
    "Je n'aime pas les étrangers, mais j'adore l'été à Besançon.",
    "Die Fußgängerzone gehört allen, auch dir – schöne Grüße!",
    "هؤلاء المهاجرون جيراننا، أهلاً بهم 😂",
    "¿Por qué no vuelven a su país? Señor, ¡basta!",
    "Perché così tanti? Più rispetto, città mia.",
    "Não há razão para isso, irmão.",
    "Het is één grote familie in België.",
    "Żółw pije mleko, a gęś się śmieje.",
)


@pytest.fixture(scope="module")
def pieces() -> list[Piece]:
    return e5.open_weights().pieces()


@pytest.mark.slow  # builds both tokenizers
def test_the_cut_vocabulary_splits_the_languages_read_as_the_whole_one_does(pieces: list[Piece]) -> None:
    kept = e5.kept(pieces)
    assert len(kept) < 0.55 * len(pieces)
    whole, cut = e5.make_tokenizer(pieces), e5.make_tokenizer(kept)
    for text in TEXTS:
        assert cut.encode(text).tokens == whole.encode(text).tokens


@pytest.mark.slow  # builds both tokenizers
def test_no_character_is_lost_by_the_cut(pieces: list[Piece]) -> None:
    whole, cut = e5.make_tokenizer(pieces), e5.make_tokenizer(e5.kept(pieces))
    for text in ("中文和日本語", "Привет, мир", "Γειά σου", "שלום", "a\u0301 ＡＢＣ ① \u200b x\ty\n"):
        unknown = [tokenizer.encode(text).ids.count(3) for tokenizer in (whole, cut)]
        assert unknown[1] <= unknown[0]
        assert cut.encode(text).ids[0] == 0
        assert cut.encode(text).ids[-1] == 2


@pytest.mark.slow  # builds the tokenizer
def test_tokenizers_share_a_vocabulary_and_nothing_else(tmp_path: Path) -> None:
    short, long = e5.open_tokenizer(tmp_path), e5.open_tokenizer(tmp_path)
    short.enable_truncation(5)
    assert len(short.encode(TEXTS[0]).ids) == 5
    whole = long.encode(TEXTS[0]).ids
    assert len(whole) > 5
    assert whole == e5.make_tokenizer(e5.kept(e5.open_weights().pieces())).encode(TEXTS[0]).ids


def test_four_bit_blocks_are_scale_times_number_less_eight(tmp_path: Path) -> None:
    weights = e5.open_weights()
    row = weights.vector("l0.q.w", 384)[0]
    steps = row[:32] / np.abs(row[:32])[np.abs(row[:32]) > 0].min()
    assert np.allclose(steps, np.rint(steps), atol=1e-3)  # whole numbers of one step
    assert weights.vector("emb.ln.w").shape == (384,)
    with pytest.raises(E5Error, match=r"no tensor 'l12\.q\.w'"):
        weights.vector("l12.q.w")


def test_another_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(E5Error, match="E5S1"):
        e5.open_weights(tmp_path / "e5-small-q4.bin")
    monkeypatch.setattr(e5, "SHA256", "0" * 64)
    e5.weights_file.cache_clear()
    try:
        with pytest.raises(E5Error, match="expected 0000"):
            e5.weights_file()
    finally:
        e5.weights_file.cache_clear()


@pytest.mark.slow  # builds the encoder in torch
def test_translations_are_near_and_other_things_are_not(pieces: list[Piece]) -> None:
    import torch

    kept = e5.kept(pieces)
    bert, tokenizer = e5.make_bert(e5.open_weights(), kept), e5.make_tokenizer(kept)

    def vector(text: str) -> np.ndarray:
        with torch.inference_mode():
            tokens = bert(torch.tensor([tokenizer.encode(text).ids])).last_hidden_state[0].mean(0)
        return (tokens / tokens.norm()).numpy()

    asked = vector(e5.QUERY + "how much protein does a person need in a day")
    answers = ("Der Eiweißbedarf liegt bei 50 g am Tag", "يحتاج البالغ إلى خمسين غراما من البروتين يوميا")
    other = vector(e5.PASSAGE + "The train to the coast leaves at noon")
    assert all(asked @ vector(e5.PASSAGE + answer) > asked @ other + 0.05 for answer in answers)
