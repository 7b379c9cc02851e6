"""What people do with cases. All of it is synchronous: in async code use ``asyncio.to_thread``."""

from __future__ import annotations

from courage.cases.casework_base import CaseworkSettings
from courage.cases.claims import Claims
from courage.cases.closings import Closings
from courage.cases.replies import Replies, edited_ratio

__all__ = ["Casework", "CaseworkSettings", "edited_ratio"]


class Casework(Claims, Replies, Closings):
    """The life of a case from the queue to its end.

    Every method checks that the person is active, belongs to the case's organisation and may work on cases
    (volunteers, moderators and admins may). Errors are ``CaseError`` subclasses whose text is fit for people.
    """
