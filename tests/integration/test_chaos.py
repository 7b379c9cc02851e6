"""A short sample of chaos, always the same; `make chaos` goes on for as long as one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.life import append
from tests.chaos.rounds import Round

pytestmark = pytest.mark.slow  # engines that are killed, paused, cut off and out of disk


class Tampered(Round):
    """A round whose chat system is tampered with once it has come to rest, to see that this would be noticed."""

    def __init__(self, folder: Path, seed: str) -> None:
        super().__init__(folder, "sqlite", seed, faults=3)
        self._chat = folder
        self.noticed: list[str] = []

    def _broken(self) -> list[str]:
        found = super()._broken()
        channel = self._chat / "channel.jsonl"
        lines = channel.read_text().splitlines(keepends=True)
        lines.remove(next(line for line in lines if '"case"' in line))
        channel.write_text("".join([*lines, next(line for line in lines if '"reply"' in line)]))
        (self._chat / "confirmed.jsonl").write_text("")
        append(self._chat / "inbound.jsonl", {"id": "$lost", "text": "they are vermin"})
        self.noticed = [*self._left(), *super()._broken()]
        return found


async def test_one_engine_on_a_file_keeps_every_promise_and_a_broken_one_would_be_noticed(
    tmp_path: Path,
) -> None:
    chaos = Tampered(tmp_path, "sample-1")
    outcome = await chaos.run()
    assert outcome.wrong == []
    assert outcome.messages == 12
    assert sum(outcome.faults.values()) == 3
    for said in ("$lost has no case", "was never shown to anybody", "2 replies to", "that nobody confirmed"):
        assert any(said in line for line in chaos.noticed), said


@pytest.mark.parametrize("kind", ["postgresql", "redis"])
async def test_two_engines_on_one_database_keep_every_promise(tmp_path: Path, server: str, kind: str) -> None:
    outcome = await Round(tmp_path, kind, "sample-2", faults=3, server=server).run()
    assert outcome.wrong == []
    assert outcome.messages == 12
