"""One notice to one person: what the outbox keeps of it, and what the channel that carries it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from courage.db.models.delivery import Outbox

#: The channels of notices, which are the kinds of their deliveries, too.
MAIL: Final = "mail"
PUSH: Final = "push"
#: What a notice may be: ``invitation`` and ``confirm`` go by mail only.
KINDS: Final = ("invitation", "confirm", "digest", "alarm")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a channel puts into words. No field can hold what anybody wrote in a room.

    ``language`` is empty where the person chose none. ``sealed`` is the token of a one-time link, encrypted for the row
    ``link``; ``choice`` the row that links of mails name. ``open`` and ``escalated`` are how many cases wait.
    """

    kind: str
    name: str
    language: str
    organisation: str
    address: str = ""
    choice: int = 0
    by: str = ""
    link: int = 0
    sealed: str = ""
    until: datetime | None = None
    open: int = 0
    escalated: int = 0


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a browser is told: its push service's address, and the keys that only the browser can read with."""

    number: int
    endpoint: str
    public_key: str
    auth_secret: str


def notice_row(
    channel: str,
    kind: str,
    organisation_id: int,
    person_id: int,
    at: datetime,
    *,
    due: datetime | None = None,
    number: int | None = None,
    **payload: Any,
) -> Outbox:
    """Return the delivery of a notice; notices to one person need not wait for one another.

    :param number: where it goes: the number of a browser; ``None``: the person's address.
    """
    once = uuid4().hex
    return Outbox(
        organisation_id=organisation_id,
        key=f"{channel}:{kind}:{person_id}:{once}",
        lane=f"{channel}:{person_id}:{once}",
        channel=channel,
        kind=channel,
        room_id=str(person_id if number is None else number),
        payload={"notice": kind, "person": person_id, **payload},
        next_at=due or at,
        created_at=at,
    )
