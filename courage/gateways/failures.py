"""Messages that were tried and could not be screened: tried again with their batch, and given up in the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence

from courage.cases.errors import ChannelError
from courage.errors import CourageError

_POISON = 5
_log = logging.getLogger(__name__)


class Failures:
    """Counts for each message how often it failed; ``what`` names such a message in the log."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._tries: dict[str, int] = {}

    async def settle(self, waiting: Sequence[tuple[str, Awaitable[object]]]) -> None:
        """Await all steps, each under the key of its message.

        :raises BaseException: what went wrong, if the batch is to be read again.
        """
        results = await asyncio.gather(*(step for _, step in waiting), return_exceptions=True)
        trouble: BaseException | None = None
        for (key, _), result in zip(waiting, results, strict=True):
            if isinstance(result, ChannelError) or (
                isinstance(result, BaseException) and not isinstance(result, Exception)
            ):
                trouble = result
            elif isinstance(result, CourageError):
                _log.warning("%s %s was not screened: %s", self._what, key, result)
            elif isinstance(result, Exception):
                tries = self._tries[key] = self._tries.get(key, 0) + 1
                if tries < _POISON:
                    trouble = result
                else:
                    # One message that nobody can deal with must not keep all others from being screened.
                    _log.error(
                        "%s %s given up after %d tries: %s", self._what, key, tries, type(result).__name__
                    )
        if trouble is not None:
            raise trouble
        for key, _ in waiting:
            self._tries.pop(key, None)
