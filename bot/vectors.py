"""Sentences as the engine's encoder sees them: Rasa has no model of its own, it asks for vectors.

Where the engine does not answer, a sentence is marked ``away`` instead of being guessed at: the answer then says
that sentences are not understood just now. Exact commands never need vectors.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.commands import parse
from bot.engine import EngineClient, EngineUnavailable

log = logging.getLogger(__name__)

Vector = NDArray[np.float32]
#: The mark of a message whose vector could not be had.
AWAY: Final = "away"
_BATCH: Final = 64  # texts a question
_PATIENCE: Final = 120.0  # seconds a batch may take in training
_REMEMBERED: Final = 8192  # vectors, 12 MB: a whole training, which asks twice for every sentence
_FILE: Final = "vectors.json"


class Condition:
    """How it went with the last sentence; the connector tells it to ``/health``."""

    #: ``ok``, ``engine`` (it did not answer) or ``encoder`` (it answers with vectors of another encoder).
    state: str = "ok"

    def now(self, state: str) -> None:
        """Note the state, and log when it became a bad one."""
        if state != self.state and state == "encoder":
            log.error("the assistant was trained with another encoder than the engine has; run: make setup")
        self.state = state


class Remembered:
    """The vectors of the last texts by encoder; a text is known by its hash only."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, tuple[str, Vector]] = OrderedDict()

    def get(self, text: str) -> tuple[str, Vector] | None:
        """Return encoder and vector of a text, or ``None``."""
        return self._kept.get(_key(text))

    def put(self, text: str, encoder: str, vector: Vector) -> None:
        """Keep the vector of a text; the one used longest ago goes."""
        self._kept[_key(text)] = (encoder, vector)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


#: Of the process: Rasa makes a component anew for each step of a training, and a server has one.
CONDITION: Final = Condition()
_MEMORY: Final = Remembered(_REMEMBERED)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceVectors(DenseFeaturizer, GraphComponent):
    """Gives each sentence the engine's vector, minus the mean of the training's and times ``scale``.

    Vectors of this encoder all point the same way more or less; without their mean a classifier learns in a quarter of
    the steps. ``scale`` says how far apart sentences are for a classifier that is held back by its penalty.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults."""
        return {**DenseFeaturizer.get_default_config(), "scale": 30.0}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Check the configuration.

        :raises RasaException: if the scale is not a positive number.
        """
        scale = config.get("scale", 1.0)
        if not isinstance(scale, int | float) or scale <= 0:
            raise RasaException(f"scale of {cls.__name__} must be a positive number, not {scale!r}")

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        engine: EngineClient | None,
        storage: ModelStorage,
        resource: Resource,
        encoder: str = "",
        mean: Vector | None = None,
        memory: Remembered = _MEMORY,
        condition: Condition = CONDITION,
    ) -> None:
        super().__init__(name, config)
        self._engine = engine
        self._storage = storage
        self._resource = resource
        self._encoder = encoder
        self._mean = mean
        self._memory = memory
        self._condition = condition

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceVectors:
        """Return a component that was not trained yet."""
        name = execution_context.node_name
        return cls(config, name, EngineClient.from_environment(), model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceVectors:
        """Return the component as it was trained."""
        with model_storage.read_from(resource) as folder:
            kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(
            config,
            execution_context.node_name,
            EngineClient.from_environment(),
            model_storage,
            resource,
            str(kept["encoder"]),
            np.asarray(kept["mean"], np.float32),
        )

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return the encoder, so that a training with another one does not reuse what Rasa keeps in its cache."""
        engine = EngineClient.from_environment()
        try:
            return None if engine is None else engine.vectors(["encoder"], _PATIENCE)[0]
        except EngineUnavailable:
            return None

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the mean of the training's sentences.

        :raises RasaException: if the engine gives no vectors; a model without them would understand nothing.
        """
        texts = [message.get(TEXT) for message in training_data.training_examples if message.get(TEXT)]
        vectors = self._all(texts)
        self._mean = np.mean(vectors, axis=0, dtype=np.float32)
        with self._storage.write_to(self._resource) as folder:
            kept = {"encoder": self._encoder, "mean": [float(value) for value in self._mean]}
            (folder / _FILE).write_text(json.dumps(kept), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Give every sentence of the training its vector.

        :raises RasaException: if the engine gives no vectors.
        """
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        for message, vector in zip(messages, self._all([m.get(TEXT) for m in messages]), strict=True):
            self._add(message, vector)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Give messages their vectors; what needs none, and what gets none, has the mean's."""
        for message in messages:
            vector = self._one(message)
            if vector is None:
                vector = self._mean
            self._add(message, vector)
        return messages

    def _one(self, message: Message) -> Vector | None:
        text = message.get(TEXT) or ""
        if not text.strip() or _needs_none(message, text):
            return None
        kept = self._memory.get(text)
        if kept is not None and kept[0] == self._encoder:
            return kept[1]
        try:
            if self._engine is None:
                raise EngineUnavailable("no engine is configured")
            encoder, found = self._engine.vectors([text])
        except EngineUnavailable as error:
            log.warning("a sentence was not understood: %s", error)
            return self._away(message, "engine")
        vector = np.frombuffer(found[0], "<f4")
        if encoder != self._encoder or self._mean is None or vector.shape != self._mean.shape:
            return self._away(message, "encoder")
        self._condition.now("ok")
        self._memory.put(text, encoder, vector)
        return vector

    def _away(self, message: Message, state: str) -> None:
        self._condition.now(state)
        message.set(AWAY, True, add_to_output=True)

    def _all(self, texts: Sequence[str]) -> list[Vector]:
        """Return the vectors of the training's texts, all of one encoder."""
        missing = [text for text in dict.fromkeys(texts) if self._memory.get(text) is None]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            try:
                if self._engine is None:
                    raise EngineUnavailable("no engine is configured")
                encoder, found = self._engine.vectors(batch, _PATIENCE)
            except EngineUnavailable as error:
                raise RasaException(
                    f"the assistant cannot be trained without vectors of its sentences ({error}); train it with "
                    "`make setup`, or with: courage vectors rasa train …"
                ) from None
            for text, vector in zip(batch, found, strict=True):
                self._memory.put(text, encoder, np.frombuffer(vector, "<f4"))
        kept = [self._memory.get(text) for text in texts]
        encoders = {pair[0] for pair in kept if pair is not None}
        if len(encoders) != 1 or None in kept:
            raise RasaException(
                f"{len(texts)} sentences gave vectors of {len(encoders)} encoders; 1 is allowed, for {_REMEMBERED} at most"
            )
        self._encoder = encoders.pop()
        return [pair[1] for pair in kept if pair is not None]

    def _add(self, message: Message, vector: Vector | None) -> None:
        assert self._mean is not None
        row = np.zeros_like(self._mean) if vector is None else vector - self._mean
        features = (row * float(self._config["scale"])).reshape(1, -1)
        message.add_features(Features(features, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))


def _needs_none(message: Message, text: str) -> bool:
    """Say whether another component settles what a message means: the room, or an exact command."""
    metadata = message.get("metadata") or {}
    return (
        metadata.get("room_kind") == "group" or metadata.get("addressed") is False or parse(text) is not None
    )
