"""Training of the cross-encoder: ``python -m courage.detection.training.pairs`` makes ``courage/library/suggest/data``.

In two steps: the layers that are kept learn to mean what the whole encoder means, then the network learns from judged
pairs in ``seeds/retrieval`` and, counting less, from what the starter library says it answers. Everything is drawn with
fixed seeds from the checkout.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from courage.detection.model import e5
from courage.detection.model.pair_network import PairNetwork, cut_encoder, load, packed
from courage.detection.model.pairs import OUTPUTS, halves, padded
from courage.detection.training.judged_pairs import (
    Judged,
    Lesson,
    by_message,
    lessons_of,
    lessons_of_library,
    read_judged,
)
from courage.detection.training.shortened import shorten
from courage.detection.training.steps import Steps
from courage.shipped import SEEDS, STARTER_LIBRARY, checkout
from courage.taxonomy import LANGUAGES

Progress = Callable[[str], None]
WEIGHTS, NOTE = "pairs.safetensors", "pairs.json"
_ALIKE: Final = 12  # pairs of like length that are read at once: little is lost to padding
_WEIGHT_OF: Final = (1.0, 0.5, 0.5, 1.0)  # of each output in the loss


@dataclass(frozen=True, slots=True)
class PairPlan:
    """How the cross-encoder is trained; the defaults made the shipped weights."""

    layers: tuple[int, ...] = (1, 4, 7, 10)
    short_epochs: int = 2
    seeds_per_language: int = 2600
    epochs: int = 2
    messages: int = 6  # whose pairs make a batch
    rate: float = 2e-4
    head_rate: float = 2e-3
    listwise: float = 0.5
    library: int = 120  # lessons from the library
    frozen: int = (
        2  # lowest layers that stay as the first step left them: quicker, and they keep what languages share
    )
    seed: int = 11


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs of some messages: ids and marks in parts of like length, and of all what is wanted, how much each weighs, and
    which message it belongs to."""

    parts: tuple[tuple[Tensor, Tensor], ...]
    wanted: Tensor
    weights: Tensor
    messages: Tensor


def loss_of(network: PairNetwork, batch: Batch, listwise: float) -> Tensor:
    """Return how far the outputs are from what is wanted, pair by pair and, within each message, in their order."""
    logits = torch.cat([network.logits(ids, marks) for ids, marks in batch.parts]).float()
    single = nn.functional.binary_cross_entropy_with_logits(logits, batch.wanted, reduction="none")
    total = (single * torch.tensor(_WEIGHT_OF) * batch.weights[:, None]).sum() / batch.weights.sum()
    worth = batch.wanted[:, 0] + batch.wanted[:, 3]
    said = logits[:, 0] + logits[:, 3]
    lists = []
    for number in range(int(batch.messages.max()) + 1):
        rows = batch.messages == number
        ideal = torch.softmax(3.0 * worth[rows], 0)
        lists.append(-(ideal * torch.log_softmax(said[rows], 0)).sum() * batch.weights[rows][0])
    return total + listwise * torch.stack(lists).mean()


def train(
    output: Path, *, plan: PairPlan, cache: Path, start: Path | None = None, begun: Path | None = None,
    going_on: Path | None = None, progress: Progress = print,
) -> None:  # fmt: skip
    """Train and write ``pairs.safetensors`` and ``pairs.json`` into ``output``.

    :param start: a file of cut layers that the first step made before; that step is left out then.
    :param begun: where the first step's layers are kept for that.
    :param going_on: a ``pairs.safetensors`` to go on from; both are left out then.
    :raises CourageError: where judged pairs are missing or malformed.
    """
    torch.manual_seed(plan.seed)
    pairs = read_judged(SEEDS / "retrieval")
    network = load(going_on) if going_on is not None else _begun(plan, cache, start, begun, progress)
    network.bert.config._attn_implementation = (
        "sdpa"  # quicker; for the export, ONNX Runtime knows the plain form
    )
    lessons = lessons_of([pair for pair in pairs if pair.part == "train"])
    extra = lessons_of_library(STARTER_LIBRARY, count=plan.library) if plan.library else []
    progress(f"{len(lessons)} judged messages, {len(extra)} narratives of the library")
    choose = [pair for pair in pairs if pair.part == "choose"]
    output.mkdir(parents=True, exist_ok=True)
    _fit(network, [*lessons, *extra], plan, cache, choose, output / WEIGHTS, progress)
    found = order_right(load(output / WEIGHTS), choose, cache)
    note = {
        "format": 1,
        "outputs": list(OUTPUTS),
        "plan": asdict(plan),
        "pairs": len(pairs),
        "chosen by": found,
    }
    (output / NOTE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
    progress(f"as it is kept: {found}")


def _begun(
    plan: PairPlan, cache: Path, start: Path | None, begun: Path | None, progress: Progress
) -> PairNetwork:
    """Return an untrained network over cut layers that mean what the whole encoder means."""
    bert = cut_encoder(plan.layers)
    bert.config._attn_implementation = "sdpa"
    if start is not None:
        bert.load_state_dict(torch.load(start, weights_only=True))
    elif plan.short_epochs:
        _shorten(bert, plan, cache, progress)
        if begun is not None:
            torch.save(bert.state_dict(), begun)
    return PairNetwork(bert)


def _shorten(bert: Any, plan: PairPlan, cache: Path, progress: Progress) -> None:
    from courage.detection.model.encoder import load_encoder

    texts = plain_texts(plan)
    progress(f"the whole encoder reads {len(texts)} texts")
    vectors = torch.from_numpy(load_encoder(e5.NAME, cache=cache).encode(texts))
    tokenizer = e5.open_tokenizer(cache)
    tokenizer.enable_truncation(48)
    tokenizer.no_padding()
    tokens = [item.ids for item in tokenizer.encode_batch_fast(texts)]
    shorten(bert, tokens, vectors, epochs=plan.short_epochs, seed=plan.seed, progress=progress)


def plain_texts(plan: PairPlan) -> list[str]:
    """Return texts whose vectors cut layers learn, with the prefixes that the encoder knows: seeds and the library's own."""
    import yaml

    pick, found = random.Random(plan.seed), list[str]()
    for language in LANGUAGES:
        seeds: list[str] = []
        for path in sorted((SEEDS / "detection" / language).glob("train-*.tsv")):
            header, *rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
            place = header.index("text")
            seeds += [e5.QUERY + row[place] for row in rows if len(row) > place and row[place].strip()]
        found += pick.sample(seeds, min(plan.seeds_per_language, len(seeds)))
        for path in sorted((STARTER_LIBRARY / language).glob("*.yml")):
            for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
                found.append(e5.PASSAGE + " ".join(str(entry["text"]).split()))
                found += [e5.QUERY + str(narrative) for narrative in entry.get("narratives") or ()]
    return list(dict.fromkeys(found))


def _fit(
    network: PairNetwork, lessons: Sequence[Lesson], plan: PairPlan, cache: Path, choose: Sequence[Judged],
    kept: Path, progress: Progress,
) -> None:  # fmt: skip
    """Train the network; ``kept`` is where it is written after every epoch."""
    from safetensors.torch import save_file

    bert: Any = network.bert
    for name, parameter in bert.named_parameters():
        block = re.search(r"\.layer\.(\d+)\.", name)
        parameter.requires_grad_(block is not None and int(block[1]) >= plan.frozen)
    slow = [p for p in bert.parameters() if p.requires_grad]
    heads = [*network.wide.parameters(), *network.narrow.parameters()]
    tokenizer = _open(cache)
    tokens = [halves(tokenizer, [lesson.message], lesson.answers) for lesson in lessons]
    total = plan.epochs * -(-len(lessons) // plan.messages)

    def share(rows: Sequence[int]) -> Batch:
        found = [
            (tokens[row][0][0], answer, wanted, lessons[row].weight, place)
            for place, row in enumerate(rows)
            for answer, wanted in zip(tokens[row][1], lessons[row].wanted, strict=True)
        ]
        found.sort(key=lambda pair: len(pair[0]) + len(pair[1]))
        parts = []
        for begin in range(0, len(found), _ALIKE):
            ids, marks = padded([(message, answer) for message, answer, *_ in found[begin : begin + _ALIKE]])
            parts.append((torch.from_numpy(ids), torch.from_numpy(marks)))
        return Batch(
            tuple(parts),
            torch.tensor([wanted for _, _, wanted, _, _ in found]),
            torch.tensor([weight for _, _, _, weight, _ in found]),
            torch.tensor([place for *_, place in found]),
        )

    step = Steps[Batch](
        network,
        [(slow, plan.rate), (heads, plan.head_rate)],
        total,
        lambda b: loss_of(network, b, plan.listwise),
    )
    pick, running, done, begun = random.Random(plan.seed), 0.0, 0, time.monotonic()
    lengths = [len(message[0]) + max(map(len, answers)) for message, answers in tokens]
    for epoch in range(plan.epochs):
        order = list(range(len(lessons)))
        pick.shuffle(order)
        batches = []
        for begin in range(0, len(order), 20 * plan.messages):
            near = sorted(order[begin : begin + 20 * plan.messages], key=lambda row: lengths[row])
            batches += [near[k : k + plan.messages] for k in range(0, len(near), plan.messages)]
        pick.shuffle(batches)
        for rows in batches:
            done += 1
            shares = [part for k in range(step.cores) if (part := rows[k :: step.cores])]
            running += (step([share(part) for part in shares]) - running) * max(0.05, 1 / done)
            if done % 10 == 0:
                progress(
                    f"epoch {epoch + 1} step {done}/{total} loss {running:.3f} {time.monotonic() - begun:.0f} s"
                )
        save_file(packed(network), str(kept))
        progress(f"after epoch {epoch + 1}: {order_right(network, choose, cache)}")
        network.train()
    network.eval()


def _open(cache: Path) -> Any:
    tokenizer = e5.open_tokenizer(cache)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def order_right(network: PairNetwork, pairs: Sequence[Judged], cache: Path) -> dict[str, float]:
    """Return how well the network orders judged pairs: share of pairs of a message in the right order, and nDCG."""
    tokenizer = _open(cache)
    right: list[float] = []
    gains: list[float] = []
    network.eval()
    for group in by_message(pairs):
        message, answers = halves(tokenizer, [group[0].message], [p.answer for p in group])
        ids, marks = padded([(message[0], answer) for answer in answers])
        with torch.inference_mode():
            outputs = network(torch.from_numpy(ids), torch.from_numpy(marks))
        said = (outputs[:, 0] + outputs[:, 3]).tolist()
        worth = [p.means()[0] + p.means()[3] for p in group]
        order = sorted(range(len(group)), key=lambda k: -said[k])
        right += [
            float((said[a] > said[b]) == (worth[a] > worth[b]))
            for a in range(len(group))
            for b in range(a)
            if worth[a] != worth[b]
        ]
        gains.append(_ndcg([worth[k] for k in order]))
    if not gains:
        return {}
    return {"order": round(sum(right) / max(len(right), 1), 4), "nDCG@10": round(sum(gains) / len(gains), 4)}


def _ndcg(worth: Sequence[float], k: int = 10) -> float:
    discount = [1.0 / torch.log2(torch.tensor(place + 2.0)).item() for place in range(k)]
    ideal = sum(w * d for w, d in zip(sorted(worth, reverse=True), discount, strict=False))
    return sum(w * d for w, d in zip(worth, discount, strict=False)) / ideal if ideal else 1.0


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    root = checkout("training the cross-encoder")
    parser.add_argument("--out", type=Path, default=root / "courage" / "library" / "suggest" / "data")
    parser.add_argument(
        "--cache", type=Path, default=root / "var" / "cache", help="where the encoder's graph is kept"
    )
    parser.add_argument("--layers", default=None, help="which of the twelve layers are kept: 1,4,7,10")
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--short-epochs", type=int, default=None)
    parser.add_argument("--listwise", type=float, default=None)
    parser.add_argument("--library", type=int, default=None)
    parser.add_argument("--start", type=Path, default=None, help="layers that the first step made before")
    parser.add_argument("--keep", type=Path, default=None, help="where the first step's layers are kept")
    parser.add_argument("--go-on", type=Path, default=None, help="a pairs.safetensors to train further")
    parser.add_argument("--rate", type=float, default=None)
    options = parser.parse_args()
    given: dict[str, Any] = {
        "layers": tuple(map(int, options.layers.split(","))) if options.layers else None,
        "epochs": options.epochs,
        "short_epochs": options.short_epochs,
        "listwise": options.listwise,
        "library": options.library,
        "rate": options.rate,
    }
    plan = PairPlan(**{name: value for name, value in given.items() if value is not None})
    train(
        options.out, plan=plan, cache=options.cache, start=options.start, begun=options.keep, going_on=options.go_on,
        progress=lambda line: print(line, flush=True),
    )  # fmt: skip


if __name__ == "__main__":
    main()
