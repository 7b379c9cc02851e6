"""An engine on a real homeserver, in rooms without encryption, that is killed at ten points: one case, one card, one reply.

The same in encrypted rooms: ``test_matrix_encrypted.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.matrix_fixtures import make_community
from tests.e2e.matrix_kill import killed_at_each
from tests.e2e.synapse import available, running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,  # the gate does it in encrypted rooms
    pytest.mark.skipif(not available(), reason="Synapse is not installed (requirements/synapse.txt)"),
]

_API, _OUTBOX = "courage.gateways.matrix.api:MatrixApi", "courage.cases.outbox:Dispatcher"
_LIVES = [
    # while the message becomes a case and a card, while the reply is posted
    (f"{_API}.sync:after:2", f"{_API}.send:before:1"),
    ("courage.cases.intake:Intake.receive:before:1", f"{_API}.send:after:1"),
    ("courage.cases.intake:Intake.receive:after:1", f"{_OUTBOX}._sent:before:1"),
    ("courage.cases.positions:Positions.save:before:1", f"{_OUTBOX}._sent:after:1"),
    (f"{_API}.send:after:1", "courage.gateways.matrix.gateway:MatrixGateway.post_reply:after:1"),
]


def _folder(inside: Path) -> Path:
    made = inside / "synapse"
    made.mkdir()
    return made


async def test_killed_at_ten_points_there_is_one_case_one_card_one_reply(tmp_path: Path) -> None:
    async with running(_folder(tmp_path)) as server:
        home = await make_community(server, tmp_path, "k")
        try:
            await killed_at_each(home, _LIVES)
        finally:
            await home.close()
