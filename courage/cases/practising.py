"""Suggestions in practice: from the library of the organisation that is practised for, which learns nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courage.cases.ports import Recommending
from courage.people.practice import PracticeSpaces

if TYPE_CHECKING:
    from courage.detection.verdict import Verdict
    from courage.library.suggest.recommend import Advice


class PractisingRecommender:
    """Hands questions on to the real recommender; one from a practice space is asked as of its person's organisation.

    What becomes of a suggestion there is heard by nobody: what people try out must not move the ranking.
    """

    def __init__(self, recommender: Recommending, spaces: PracticeSpaces) -> None:
        self._recommender = recommender
        self._spaces = spaces

    def suggest(self, text: str, verdict: Verdict, *, organisation_id: int, **more: Any) -> Advice:
        """Return suggestions as :class:`courage.cases.ports.Recommending` says."""
        home = self._spaces.home(organisation_id)
        if home != organisation_id:
            more["room"] = None  # real rooms' memory of what was said is not practice's
        return self._recommender.suggest(text, verdict, organisation_id=home, **more)

    def feedback(self, organisation_id: int, response_id: str, event: str, *values: Any, **more: Any) -> None:
        """Note what became of a suggestion, unless it was practice."""
        if self._spaces.owner(organisation_id) is None:
            self._recommender.feedback(organisation_id, response_id, event, *values, **more)
