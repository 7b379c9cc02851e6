"""Says of a message that repeats a narrative which of the library's it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from courage.detection.verdict import Reason, Verdict
from courage.taxonomy import NARRATIVE

#: Returns the narrative of an organisation's library that a text (with its language) repeats, or ``None``.
Find = Callable[[str, str, int], str | None]
_log = logging.getLogger(__name__)


class Narratives:
    """Adds to a verdict of the category ``narrative`` the reason that names it.

    :param find: looks the narrative up; runs in a thread.
    :param home: the organisation whose library speaks for another one, as for practice.
    """

    def __init__(
        self, find: Find, home: Callable[[int], int] = lambda organisation_id: organisation_id
    ) -> None:
        self._find = find
        self._home = home

    async def name(self, verdict: Verdict, organisation_id: int) -> Verdict:
        """Return the verdict with the narrative that it repeats; as it is where none is known or it is about another matter."""
        if verdict.category != NARRATIVE:
            return verdict
        try:
            found = await asyncio.to_thread(self._look, verdict, organisation_id)
        except Exception as error:  # the verdict stands without it
            _log.error("the narrative of a message could not be looked up: %s", type(error).__name__)
            return verdict
        if found is None:
            return verdict
        return replace(
            verdict,
            reasons=(*verdict.reasons, Reason(NARRATIVE, "repeats", 0.0, values={"narrative": found})),
        )

    def _look(self, verdict: Verdict, organisation_id: int) -> str | None:
        return self._find(verdict.text, verdict.language, self._home(organisation_id))
