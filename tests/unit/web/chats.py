"""Chat systems as the page that connects them sees them, without any."""

from __future__ import annotations

from collections.abc import Mapping

from courage.cases.chat_setup import AskedField, CannotConnect, ChatSystem

GIVEN = {
    "matrix_homeserver": "https://matrix.example.org",
    "matrix_user": "@courage:example.org",
    "matrix_password": "a secret of the assistant",
    "matrix_moderators": "@you:example.org",
}


class Setup:
    """Stands in for what runs the gateways: one password is right."""

    def __init__(self) -> None:
        self.origin = "off"
        self.given: dict[str, str] = {}

    def systems(self) -> list[ChatSystem]:
        asked = [
            AskedField(
                name,
                "password" in name,
                "moderators" in name,
                "" if "password" in name else self.given.get(name, ""),
            )
            for name in GIVEN
        ]
        status = "off" if self.origin == "off" else "ok"
        silent = ChatSystem("telegram", [AskedField("telegram_token", True)], "off", {"status": "off"})
        return [ChatSystem("matrix", asked, self.origin, {"status": status}), silent]

    async def connect(self, name: str, given: Mapping[str, str]) -> None:
        if given["matrix_password"] != GIVEN["matrix_password"]:
            raise CannotConnect("no", say="connect.refused", why="M_FORBIDDEN")
        self.origin, self.given = "page", dict(given)

    async def disconnect(self, name: str) -> None:
        self.origin = "off"
