"""What the Matrix gateway has to be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from courage.errors import CourageError
from courage.gateways.desks import Wanted, wanted_desks, wanted_rooms
from courage.gateways.matrix.identities import POLICIES


@dataclass(frozen=True, slots=True)
class MatrixSettings:
    """Settings of the gateway.

    ``access_token`` wins over ``password``. ``device_id`` must stay the same from start to start. ``moderators`` are
    Matrix ids whose invitations are accepted; ``desk_room`` is a room id or an alias. ``admit_volunteers`` makes
    volunteers of all members of the desk room. ``bots`` are ignored. ``gap`` is how many missed messages are read
    after an interruption in each room; ``sync_timeout`` in milliseconds; ``probe`` is how many seconds pass between two looks
    whether the homeserver answers, and how long such a look may take. ``keys`` is the folder of the keys of encrypted
    rooms; without one those rooms can be neither read nor written in. ``trust`` is whose devices may read them
    (see :class:`courage.gateways.matrix.identities.Identities`). ``desk_rooms`` are further desk rooms, for a language, an
    organisation or both, ``organisations`` the rooms of other organisations (:mod:`courage.gateways.desks`).
    """

    homeserver: str
    user_id: str
    access_token: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    device_id: str = "COURAGE"
    moderators: tuple[str, ...] = ()
    desk_room: str = ""
    admit_volunteers: bool = False
    bots: tuple[str, ...] = ()
    organisation_id: int = 1
    gap: int = 2000
    sync_timeout: int = 30_000
    probe: float = 4.0
    keys: str = ""
    trust: str = "signed"
    trusted_devices: tuple[str, ...] = ()
    desk_rooms: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.homeserver.startswith(("http://", "https://")):
            raise CourageError(
                f"Matrix homeserver {self.homeserver!r} is no address; it begins with https://"
            )
        if not self.user_id.startswith("@") or ":" not in self.user_id:
            raise CourageError(f"Matrix user {self.user_id!r} is no full id; it looks like @name:server")
        if not self.access_token and not self.password:
            raise CourageError("the Matrix gateway needs an access token or a password")
        if self.desk_room and self.desk_room[0] not in "!#":
            raise CourageError(f"desk room {self.desk_room!r} is neither a room id (!…) nor an alias (#…)")
        _ = self.desks, self.given
        if self.trust not in POLICIES:
            raise CourageError(f"Matrix trust {self.trust!r} is not one of {', '.join(POLICIES)}")

    @property
    def desks(self) -> tuple[Wanted, ...]:
        """The desk rooms beside the main one."""
        return wanted_desks(self.desk_rooms, "Matrix desk room", _is_room)

    @property
    def given(self) -> tuple[Wanted, ...]:
        """The rooms that belong to other organisations than the first."""
        return wanted_rooms(
            self.organisations, "Matrix room of an organisation", lambda room: room[:1] == "!"
        )


def _is_room(room: str) -> bool:
    return room[:1] in ("!", "#")
