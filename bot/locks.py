"""Locks of conversations in a Redis, where one is set, and in memory as long as it is away.

Rasa's own store answers no message while its Redis is away, knows no Unix sockets, does not look whose certificate it is
shown, leaves the keys of a process that died for ever, and writes the names of accounts into them.
"""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

import redis
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, LockStore
from rasa.utils.endpoints import EndpointConfig

_log = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds: Rasa waits for a lock with everything else it does, so an answer has to come soon or not at all.
_PATIENCE: Final = 1.0
#: Seconds until Redis is asked again after it did not answer.
_PAUSE: Final = 10.0
#: Most locks that are remembered here; each is let go when its message is done.
_MOST: Final = 5_000


class RedisLockStore(LockStore):
    """Keeps locks in Redis for all Rasas together; what this one saved itself is good while Redis does not answer.

    Values hold numbers and times; keys hold digests of the conversations' names, and run out with the lock.

    :param endpoint_config: ``url`` is the address; ``key_prefix`` is what keys begin with, and the digests' key.
    """

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        url = endpoint_config.url or ""
        options = {"ssl_check_hostname": True} if url.startswith("rediss:") else {}
        self._redis = redis.Redis.from_url(
            url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, **options
        )
        self._prefix = str(endpoint_config.kwargs.get("key_prefix", "courage"))
        self._mine: dict[str, TicketLock] = {}
        self._failed: float | None = None
        super().__init__()

    def get_lock(self, conversation_id: str) -> TicketLock | None:
        """Return the lock of a conversation, if there is one."""
        found = self._ask(lambda: self._redis.get(self._key(conversation_id)))
        if found is not None:
            try:
                return TicketLock.from_dict({**json.loads(found), "conversation_id": conversation_id})
            except (ValueError, TypeError, KeyError, AttributeError):
                _log.warning("somebody else writes below %s in Redis", self._prefix)
        # A Redis that was away does not know of what was saved here meanwhile.
        away = self._failed is not None and time.monotonic() < self._failed + LOCK_LIFETIME
        return self._mine.get(conversation_id) if away else None

    def save_lock(self, lock: TicketLock) -> None:
        """Save a lock for as long as its last ticket is good."""
        self._remember(lock)
        tickets = [ticket.dumps() for ticket in lock.tickets]
        last = max((ticket.expires for ticket in lock.tickets), default=0.0)
        seconds = max(1, round(last - time.time()) + 1)
        key, value = self._key(lock.conversation_id), json.dumps({"tickets": tickets})
        self._ask(lambda: self._redis.set(key, value, ex=seconds))

    def delete_lock(self, conversation_id: str) -> None:
        """Let a lock go."""
        self._mine.pop(conversation_id, None)
        self._ask(lambda: self._redis.delete(self._key(conversation_id)))

    def _remember(self, lock: TicketLock) -> None:
        self._mine[lock.conversation_id] = lock
        if len(self._mine) > _MOST:  # others' tickets waited when this message was done
            self._mine = {name: kept for name, kept in self._mine.items() if kept.is_someone_waiting()}

    def _key(self, conversation_id: str) -> str:
        digest = hmac.digest(self._prefix.encode(), conversation_id.encode(), "sha256").hex()
        return f"{self._prefix}:lock:{digest}"

    def _ask(self, question: Callable[[], T]) -> T | None:
        """Return Redis's answer; nothing where it does not answer, and for a while after."""
        if self._failed is not None and time.monotonic() < self._failed + _PAUSE:
            return None
        try:
            return question()
        except (redis.RedisError, OSError) as error:
            if self._failed is None or time.monotonic() > self._failed + LOCK_LIFETIME:
                _log.warning("locks are kept in memory: Redis does not answer (%s)", type(error).__name__)
            self._failed = time.monotonic()
            return None
