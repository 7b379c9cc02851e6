"""Sentences get the engine's vectors; without them nobody is answered by chance, and no training goes through."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine import EngineClient
from bot.nlu import EngineScreening
from bot.vectors import Condition, Remembered, SentenceVectors

SECRET = "a secret for tests"
SENTENCES = ["good morning", "which cases are open", "ما هي الحالات المفتوحة"]


def answer(encoder: str = "e5", dimensions: int = 4) -> Any:
    """Return an engine that gives every text a vector of its own."""

    def given(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        assert path == "/internal/vectors"
        rows = [np.full(dimensions, len(text), "<f4") for text in body["texts"]]
        vectors = [base64.b64encode(row.tobytes()).decode() for row in rows]
        return 200, json.dumps({"encoder": encoder, "vectors": vectors}).encode()

    return given


@pytest.fixture
def component(engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SentenceVectors:
    """A component that learned SENTENCES, stored and loaded again as Rasa does."""
    engine.answer = answer()
    monkeypatch.setenv("COURAGE_ENGINE_URL", engine.url)
    monkeypatch.setenv("COURAGE_INTERNAL_SECRET", SECRET)
    storage, resource = LocalModelStorage(tmp_path), Resource("vectors")
    context = ExecutionContext(GraphSchema({}), node_name="vectors")
    config = {**SentenceVectors.get_default_config(), "scale": 2.0}
    taught = SentenceVectors.create(config, storage, resource, context)
    taught._memory = Remembered(100)
    taught.train(TrainingData([Message({"text": text, "intent": "x"}) for text in SENTENCES]))
    found = SentenceVectors.load(config, storage, resource, context)
    found._memory, found._condition = Remembered(100), Condition()
    engine.asked.clear()
    return found


def features(message: Message) -> list[float]:
    """Return the sentence features of a message."""
    found = message.get_dense_features("text")[1]
    assert found is not None
    assert found.features.shape == (1, 4)
    return [float(value) for value in found.features[0]]


def test_a_sentence_gets_its_vector_once_and_its_text_is_not_kept(
    engine: Any, component: SentenceVectors
) -> None:
    heard = [Message({"text": "open cases?"}), Message({"text": "open cases?"})]
    component.process(heard)
    mean = float(np.mean([len(text) for text in SENTENCES]))
    assert features(heard[0]) == features(heard[1]) == pytest.approx([2 * (len("open cases?") - mean)] * 4)
    assert [body for _, _, body in engine.asked] == [{"texts": ["open cases?"]}]
    assert engine.asked[0][1] == f"Bearer {SECRET}"
    assert "open cases" not in repr(vars(component._memory))


@pytest.mark.parametrize(
    ("text", "metadata"),
    [
        ("claim 12", {"room_kind": "desk"}),
        ("whatever they write", {"room_kind": "group"}),
        ("shall we have lunch", {"room_kind": "desk", "addressed": False}),
        (" ", {}),
    ],
)
def test_what_is_settled_otherwise_is_not_asked_about(
    engine: Any, component: SentenceVectors, text: str, metadata: dict[str, Any]
) -> None:
    heard = Message({"text": text, "metadata": metadata})
    component.process([heard])
    assert engine.asked == []
    assert features(heard) == [0.0] * 4
    assert heard.get("away") is None


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (lambda path, body: (500, b"{}"), "engine"),
        (lambda path, body: (200, b'{"encoder": "e5", "vectors": []}'), "engine"),
        (lambda path, body: (200, b'{"encoder": "e5", "vectors": ["\xc3\xa4"]}'), "engine"),
        (answer("another"), "encoder"),
        (answer("e5", dimensions=3), "encoder"),
    ],
)
def test_without_its_vector_a_sentence_means_nothing(
    engine: Any, component: SentenceVectors, caplog: pytest.LogCaptureFixture, given: Any, state: str
) -> None:
    engine.answer = given
    heard = Message(
        {"text": "secret words", "metadata": {}, "intent": {"name": "release", "confidence": 0.9}}
    )
    with caplog.at_level(logging.DEBUG):
        component.process([heard])
    EngineScreening(None).process([heard])
    assert heard.get("intent")["name"] == "nlu_fallback"
    assert heard.get("away") is True
    assert component._condition.state == state
    assert "secret words" not in caplog.text
    engine.answer = answer()
    component.process([Message({"text": "better now"})])
    assert component._condition.state == "ok"


def test_odd_messages_get_features_of_the_same_shape(component: SentenceVectors) -> None:
    for text in ["👍", "🤷‍♀️", "…", "?!", "كُتِبَ", "\u200f", "a" * 10_000, "\ud800"]:
        heard = Message({"text": text})
        component.process([heard])
        assert len(features(heard)) == 4


def test_no_training_without_vectors(engine: Any, component: SentenceVectors) -> None:
    engine.answer = lambda path, body: (500, b"{}")
    data = TrainingData([Message({"text": "hello", "intent": "greet"})])
    for step in (component.train, component.process_training_data):
        with pytest.raises(RasaException, match="courage vectors"):
            step(data)


def test_training_asks_in_batches_and_once_for_each_sentence(engine: Any, component: SentenceVectors) -> None:
    texts = [f"sentence number {'i' * k}" for k in range(90)]
    component._memory = Remembered(1000)
    data = TrainingData([Message({"text": text, "intent": "x"}) for text in [*texts, *texts]])
    component.train(data)
    component.process_training_data(data)
    assert [len(body["texts"]) for _, _, body in engine.asked] == [64, 26]


def test_another_encoder_trains_anew_in_spite_of_rasas_cache(engine: Any, component: SentenceVectors) -> None:
    before = component.fingerprint_addon({})
    engine.answer = answer("another")
    assert (before, component.fingerprint_addon({})) == ("e5", "another")


@pytest.mark.parametrize("scale", [0, -1, "much"])
def test_a_scale_that_cannot_be_is_named(scale: Any) -> None:
    with pytest.raises(RasaException, match="scale"):
        SentenceVectors.validate_config({"scale": scale})


def test_a_client_without_an_engine_says_away() -> None:
    assert EngineClient.from_environment({}) is None
