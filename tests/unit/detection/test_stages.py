"""Training in stages: what each reads, what the frozen blocks read once, and how a run that was broken off goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel

from courage.detection.model import adapter, e5
from courage.detection.model.encoder import open_tokenizer
from courage.detection.model.network import MeanPooled
from courage.detection.screener import DEFAULT_MODEL, Screener
from courage.detection.training.batches import Batches, Item, Plan, taking_part
from courage.detection.training.examples import ROOMS, ROUND, TRAINED, Example, read_seeds, split
from courage.detection.training.halves import above, read_once, stacked
from courage.detection.training.library_examples import library_examples
from courage.detection.training.losses import OUTPUTS, loss_of
from courage.detection.training.stages import FILE, STAGES, Made, in_words
from courage.shipped import SEEDS


def tiny(layers: int = 3) -> BertModel:
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=64
    )
    config._attn_implementation = "sdpa"
    return BertModel(config, add_pooling_layer=False).eval()


def example(text: str, round_: int = 0, group: str = "") -> Example:
    return Example(text, True, "en", group=group or text, round=round_)


@pytest.mark.parametrize("blocks", [0, 1, 2])
def test_both_halves_make_what_the_whole_encoder_makes(blocks: int) -> None:
    encoder = MeanPooled(tiny()).eval()
    items = [Item(tokens, example("x")) for tokens in ([2, 5, 7, 3], [2, 9, 3], [2, 8, 8, 8, 8, 8, 3])]
    read = read_once(encoder, blocks, items, cores=2, half=False)
    hidden, mask = stacked(read)
    ids = torch.zeros_like(mask)
    for row, item in enumerate(items):
        ids[row, : len(item.tokens)] = torch.tensor(item.tokens)
    with torch.inference_mode():
        assert torch.allclose(above(encoder, blocks, hidden, mask), encoder(ids, mask), atol=1e-5)


def test_a_stage_reads_its_rounds_the_new_one_whole_and_a_share_of_the_rest_in_whole_pairs() -> None:
    old = [example(f"{n} {side}", group=f"pair {n}") for n in range(400) for side in "ab"]
    new = [example(f"new {n}", 2) for n in range(50)]
    later = [example(f"later {n}", 3) for n in range(50)]
    plan = Plan(rounds=2, fresh=2, rehearsed=0.3)
    read = taking_part([*old, *new, *later], plan)
    assert [e for e in read if e.round] == new
    kept = [e.group for e in read if not e.round]
    assert 0.2 < len(kept) / len(old) < 0.4
    assert all(kept.count(group) == 2 for group in kept)
    assert taking_part([*old, *new, *later], Plan(rounds=0)) == old


def test_two_harmless_sentences_are_harmless_and_hate_stands_beside_what_names_nobody(
    screener: Screener,
) -> None:
    def one(text: str, *targets: str, hateful: bool = False, kind: str = "neutral_mention") -> Example:
        category = "derogation" if hateful else "none"
        return Example(text, hateful, "en", category, targets, kind)

    own = [
        one("the nurse from Ghana starts at noon", "migrants"),
        one("the women play at three", "women"),
        one("bring a cake", kind="chat"),
        one("each of them is a liar", "jews", hateful=True, kind="derogation"),
    ]
    tokenizer = open_tokenizer(e5.NAME)
    plan = Plan(swap=0, noise=0, wrapped=0, padded=1.0, beside=1.0, seed_repeats=8)
    batches = Batches(own, (), plan, screener.assessor.prepare, tokenizer, SEEDS / "lexicons")
    words = [
        (
            item.example.hateful,
            tokenizer.decode(item.tokens).replace(" ", ""),
            set(item.example.targets or ()),
        )
        for item in batches.drawn(0)
    ]
    named = {"nurse": "migrants", "women": "women", "liar": "jews"}
    for hateful, text, targets in words:
        told = {group for word, group in named.items() if word in text}
        assert targets == told
        assert hateful == ("liar" in text)
        assert not (hateful and told != {"jews"})
    assert any(len(targets) == 2 for _, _, targets in words)


def test_what_did_not_train_again_is_stored_as_it_was(tmp_path: Path) -> None:
    public, trained = tiny(), tiny()
    adapter.prepare(trained)
    with torch.no_grad():
        for parameter in trained.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * 0.02)
    adapter.save(adapter.difference(trained, public), tmp_path / "a.safetensors")
    first = adapter.stored(tmp_path / "a.safetensors")
    again = tiny()
    adapter.apply(again, tmp_path / "a.safetensors")
    adapter.prepare(again, frozen=2)
    with torch.no_grad():
        for parameter in again.encoder.layer[2].parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    second = adapter.difference(again, public, first)
    assert set(second) == set(first)
    same = {name for name in first if torch.equal(first[name], second[name])}
    assert {name for name in first if name.endswith(".codes") and "layer.2." not in name} <= same
    assert not [name for name in same if name.endswith(".codes") and "layer.2." in name]


def test_a_run_that_was_broken_off_goes_on_and_another_one_begins_afresh(tmp_path: Path) -> None:
    stages = (Plan(epochs=1), Plan(epochs=2))
    made = Made(tmp_path, stages, None)
    made.checkpoint(0).write_bytes(b"half")
    assert not Made(tmp_path, stages, None).done(0)
    assert made.checkpoint(0).is_file()
    made.keep(0, {"model": {}})
    again = Made(tmp_path, stages, None)
    assert again.done(0)
    assert not again.done(1)
    assert again.start(1) == tmp_path / "stage-1.pt"
    assert again.last(1)
    assert not Made(tmp_path, stages[:1], None).done(0)
    assert sorted(path.name for path in tmp_path.iterdir()) == [FILE]


def test_the_shipped_model_names_the_stages_that_one_command_repeats() -> None:
    told = json.loads((DEFAULT_MODEL / FILE).read_text(encoding="utf-8"))
    assert len(told["stages"]) == len(STAGES) == len(in_words(STAGES))
    assert [Plan(**plan) for plan in told["stages"]] == list(STAGES)


def test_what_a_round_keeps_aside_is_not_trained_on() -> None:
    kept = read_seeds(SEEDS / "detection", ROUND)
    assert {e.language for e in kept} == {"en", "fr", "de", "ar"}
    trained = {e.text for e in read_seeds(SEEDS / "detection", TRAINED, strict=False)}
    assert not [e.text for e in kept if e.text in trained]


def test_general_responses_are_examples_and_facts_are_none(tmp_path: Path) -> None:
    for folder, text in (
        ("en", "- {text: 'Who says so?', language: en, general: true}"),
        ("facts", "- {id: x, value: 3}"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "any.yml").write_text(text, encoding="utf-8")
    (found,) = library_examples(tmp_path)
    assert (found.text, found.hateful, found.targets) == ("Who says so?", False, ())


def test_twins_stay_in_one_batch_and_the_margin_between_them_is_part_of_the_loss(screener: Screener) -> None:
    own = [
        Example(f"{side} {n} " + "word " * (n % 7), side == "bad", "en", "none", (), "chat", f"pair {n}")
        for n in range(40)
        for side in ("bad", "good")
    ]
    plan = Plan(batch=10, swap=0, noise=0, wrapped=0, padded=0, seed_repeats=1, contrast=1.0)
    batches = Batches(own, (), plan, screener.assessor.prepare, open_tokenizer(e5.NAME), SEEDS / "lexicons")
    for items in batches.batched(batches.drawn(0)):
        groups = [item.example.group for item in items]
        assert sorted(groups) == sorted(2 * [*dict.fromkeys(groups)])
        logits = torch.zeros(len(items), OUTPUTS)
        bad = torch.tensor([item.example.hateful for item in items])
        right, wrong = logits.clone(), logits.clone()
        right[bad, 0], wrong[~bad, 0] = 4.0, 4.0
        margins = [
            float(loss_of(found, items, 1.0) - loss_of(found, items)) for found in (right, logits, wrong)
        ]
        assert 0 <= margins[0] < 0.2 < margins[1] < margins[2]


def test_ordinary_talk_in_bulk_is_trained_on_and_calibrates_nothing() -> None:
    rooms = [Example(f"see you at {n}", False, "en", "none", (), "chat", f"{n}", ROOMS) for n in range(200)]
    seeds = [example(f"{n}") for n in range(200)]
    train, aside = split([*rooms, *seeds])
    assert set(rooms) <= set(train)
    assert 0 < len(aside) < 40
