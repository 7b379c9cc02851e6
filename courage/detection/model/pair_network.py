"""The cross-encoder: some layers of multilingual-e5-small that read a message and an answer together, and a head.

Training and the export to ONNX use it; the running engine has the exported graph and needs no torch. What training
made of the layers is kept in eight bits; the table of pieces is the public encoder's and is not kept again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from courage.detection.model import e5
from courage.detection.model.pairs import ANSWER, MESSAGE, OUTPUTS
from courage.errors import CourageError

_CODES, _STEPS = ".codes", ".steps"
_LEVELS: Final = 127
_PUBLIC: Final = "word_embeddings"  # of the public encoder, as it is


class PairNetwork(nn.Module):
    """Reads ids and marks of :func:`courage.detection.model.pairs.padded`; says :data:`OUTPUTS` of each pair."""

    def __init__(self, bert: Any, hidden: int = 128) -> None:
        super().__init__()
        self.bert = bert
        self.wide = nn.Linear(4 * bert.config.hidden_size, hidden)
        self.narrow = nn.Linear(hidden, len(OUTPUTS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return :data:`OUTPUTS` of each pair, each from 0 to 1, shape (pairs, outputs)."""
        return torch.sigmoid(self.logits(input_ids, attention_mask))

    def logits(self, ids: Tensor, marks: Tensor) -> Tensor:
        """Return the outputs before they are brought between 0 and 1."""
        tokens = self.tokens(ids, (marks > 0).long())
        message, answer = _mean(tokens, marks == MESSAGE), _mean(tokens, marks == ANSWER)
        both = torch.cat([message, answer, (message - answer).abs(), message * answer], dim=-1)
        found: Tensor = self.narrow(nn.functional.gelu(self.wide(both)))
        return found

    def tokens(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the vectors of tokens, shape (rows, tokens, hidden)."""
        found: Tensor = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        return found


def _mean(tokens: Tensor, chosen: Tensor) -> Tensor:
    weight = chosen.unsqueeze(-1).to(tokens.dtype)
    mean = (tokens * weight).sum(1) / weight.sum(1).clamp(min=1.0)
    return nn.functional.normalize(mean, dim=-1) * 8.0


def cut_encoder(layers: Sequence[int]) -> Any:
    """Return multilingual-e5-small with only some of its layers, in the order given.

    :raises CourageError: where the encoder cannot be read.
    """
    weights = e5.open_weights()
    bert = e5.make_bert(weights, e5.kept(weights.pieces()))
    bert.encoder.layer = nn.ModuleList([bert.encoder.layer[number] for number in layers])
    bert.config.num_hidden_layers = len(layers)
    return bert


def packed(network: PairNetwork) -> dict[str, Tensor]:
    """Return the network without the public table of pieces: matrices in eight bits a number with a step a row."""
    found: dict[str, Tensor] = {}
    for name, parameter in network.named_parameters():
        if _PUBLIC in name:
            continue
        value = parameter.detach().float()
        if value.ndim == 1:
            found[name] = value.to(torch.float16).contiguous()
            continue
        steps = (value.abs().amax(dim=1) / _LEVELS).clamp(min=1e-8)
        found[name + _STEPS] = steps
        found[name + _CODES] = torch.round(value / steps[:, None]).to(torch.int8).contiguous()
    return found


def load(path: Path) -> PairNetwork:
    """Return the network that :func:`packed` and ``safetensors`` wrote to a file, ready to read pairs.

    :raises CourageError: where the file does not fit, or the public encoder cannot be read.
    """
    from safetensors.torch import load_file

    stored = load_file(str(path))
    places = [name.split(".layer.")[1].split(".")[0] for name in stored if ".layer." in name]
    network = PairNetwork(cut_encoder(range(1 + max(map(int, places), default=-1))))
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if _PUBLIC in name:
                continue
            value = stored.get(name)
            if value is None and name + _CODES in stored and name + _STEPS in stored:
                value = stored[name + _CODES].float() * stored[name + _STEPS][:, None]
            if value is None or value.shape != parameter.shape:
                raise CourageError(
                    f"{path.name} does not fit: {name} is {'missing' if value is None else tuple(value.shape)}, "
                    f"expected {tuple(np.shape(parameter))}"
                )
            parameter.copy_(value.float())
    return network.eval()
