"""What training changed is stored small, comes back nearly as it was, and fits only the encoder it was made for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from courage.detection.model import adapter
from courage.detection.screener import DEFAULT_MODEL
from courage.errors import CourageError
from courage.shipped import PREVIOUS_MODEL


def tiny(width: int = 32) -> BertModel:
    config = BertConfig(
        vocab_size=50, hidden_size=width, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    return BertModel(config, add_pooling_layer=False).eval()


def test_a_difference_in_three_bits_is_nearly_the_difference() -> None:
    delta = np.random.default_rng(1).normal(0, 0.02, (48, 301)).astype(np.float32)
    codes, steps = adapter.pack(delta)
    back = adapter.unpack(codes, steps, 301)
    assert codes.nbytes + steps.nbytes < delta.nbytes / 10
    assert np.linalg.norm(back - delta) < 0.25 * np.linalg.norm(delta)


def test_bits_of_another_shape_are_refused() -> None:
    codes, steps = adapter.pack(np.ones((4, 8), np.float32))
    with pytest.raises(CourageError, match="4 rows make no matrix of 9 columns"):
        adapter.unpack(codes, steps, 9)


def test_a_trained_encoder_comes_back_from_the_file(tmp_path: Path) -> None:
    torch.manual_seed(1)  # or some of the tiny encoders run away
    public = tiny()
    trained = tiny()
    trained.load_state_dict(public.state_dict())
    adapter.prepare(trained)
    ids = torch.tensor([[2, 5, 7, 3]])
    pull = torch.optim.SGD([p for p in trained.parameters() if p.requires_grad], lr=0.5)
    for _ in range(5):
        pull.zero_grad()
        trained(ids).last_hidden_state[..., 0].sum().backward()
        pull.step()
    adapter.save(adapter.difference(trained, public), tmp_path / "a.safetensors")
    again = tiny()
    again.load_state_dict(public.state_dict())
    adapter.apply(again, tmp_path / "a.safetensors")
    with torch.inference_mode():
        before, wanted, found = (m.eval()(ids).last_hidden_state for m in (public, trained, again))
    assert (found - wanted).norm() < 0.3 * (before - wanted).norm()


def test_another_encoder_is_refused_by_name(tmp_path: Path) -> None:
    adapter.save(adapter.difference(tiny(), tiny()), tmp_path / "a.safetensors")
    with pytest.raises(CourageError, match=r"a\.safetensors: .* expected"):
        adapter.apply(tiny(16), tmp_path / "a.safetensors")
    wider = tiny()
    wider.encoder.layer[0].intermediate.dense = torch.nn.Linear(48, 64)
    with pytest.raises(CourageError, match=r"a\.safetensors does not fit the encoder: .*intermediate"):
        adapter.apply(wider, tmp_path / "a.safetensors")


def test_what_ships_is_small() -> None:
    assert sum(file.stat().st_size for file in DEFAULT_MODEL.iterdir() if file.is_file()) <= 12_000_000
    assert sum(file.stat().st_size for file in PREVIOUS_MODEL.iterdir()) <= 5_000_000


def test_the_lowest_blocks_stay_as_they_are(tmp_path: Path) -> None:
    config = BertConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=64
    )
    bert = BertModel(config, add_pooling_layer=False)
    adapter.prepare(bert, frozen=2)
    assert {name.split(".")[2] for name, p in bert.named_parameters() if p.requires_grad} == {"2"}
    stored = adapter.difference(bert, bert)
    assert not any(name.startswith("bert.encoder.layer.1") and name.endswith(".codes") for name in stored)
