"""Heads are trained for another encoder than the bundled one, and used with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from courage.detection.model.base import source_of
from courage.detection.screener import load_screener
from courage.detection.training.batches import Plan
from courage.detection.training.loop import train
from courage.errors import CourageError

HATE = "those migrants are vermin and must be thrown out"
KIND = "we cook with migrants from the old town on sunday"


def tiny_encoder(folder: Path) -> Path:
    """Make a random BERT with one layer of 32 dimensions and a word vocabulary."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    words = sorted(set(re.findall(r"\w+", f"{HATE} {KIND}")))
    vocabulary = {word: n for n, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=128,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(str(folder))
    return folder


def seeds_of(folder: Path) -> Path:
    """Write a few dozen lines of seeds, hateful and benign."""
    (folder / "en").mkdir(parents=True)
    lines = ["label\tcategory\ttargets\tkind\tpair\ttext"]
    for n in range(40):
        lines.append(f"1\tdehumanisation\tmigrants\tdehumanisation\tp{n}\t{HATE} {n}")
        lines.append(f"0\tnone\tmigrants\tneutral_mention\tp{n}\t{KIND} {n}")
    (folder / "en" / "train-1.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.mark.slow  # trains and exports
def test_a_model_for_another_encoder_is_trained_and_used(tmp_path: Path) -> None:
    encoder, model = tiny_encoder(tmp_path / "tiny"), tmp_path / "model"
    plan = Plan(epochs=1, seed_repeats=1)
    train(seeds_of(tmp_path / "seeds"), model, stages=(plan,), encoder=str(encoder), progress=lambda _: None)
    assert source_of(model) == str(encoder)
    screener = load_screener(model, tmp_path / "cache")
    assert screener.assessor.encoder.dimensions == 32
    bad, good = screener.screen_many([HATE, KIND])
    assert bad.score > good.score
    assert bad.hateful


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CourageError, match="no-such-folder"):
        train(tmp_path, tmp_path / "model", encoder=str(tmp_path / "no-such-folder"), progress=lambda _: None)
