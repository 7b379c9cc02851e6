"""What was last offered for a case, so that going back to its page shows it again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

_REMEMBERED = 500


class Offers:
    """The newest advice per case and person, in memory; losing it costs one press of a button."""

    def __init__(self) -> None:
        self._advice: OrderedDict[tuple[int, int], Any] = OrderedDict()

    def keep(self, case_id: int, person_id: int, advice: Any) -> None:
        """Remember an advice."""
        self._advice[case_id, person_id] = advice
        self._advice.move_to_end((case_id, person_id))
        while len(self._advice) > _REMEMBERED:
            self._advice.popitem(last=False)

    def last(self, case_id: int, person_id: int) -> Any | None:
        """Return the newest advice that this person was given for a case, or ``None``."""
        return self._advice.get((case_id, person_id))

    def forget(self, case_id: int, person_id: int) -> None:
        """Drop what was offered."""
        self._advice.pop((case_id, person_id), None)
