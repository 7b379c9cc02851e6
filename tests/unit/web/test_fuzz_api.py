"""A fixed sample of what ``make fuzz-api`` does at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz_api import Desk, fuzz


@pytest.mark.slow
def test_no_answer_of_the_api_is_our_fault_or_none_that_it_describes(tmp_path: Path) -> None:
    with Desk.open(tmp_path) as desk:
        found = fuzz(desk, each=4, number=20_26)
    assert found.faults == []
    assert found.asked > 150
    assert found.statuses[200] > 20  # not everything was refused at the door
    assert found.statuses[400] > 20
