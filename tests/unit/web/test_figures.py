"""The page of figures: for trainers their organisation's, for those who look after the installation the sums."""

from __future__ import annotations

import pytest

from tests.unit.web.conftest import Enter
from tests.unit.web.world import World


async def test_trainers_see_them_as_a_table_and_as_csv(enter: Enter) -> None:
    trainer = await enter("trainer")
    page = await trainer.page("/academy/figures")
    assert "<caption" in page
    assert "People in workshops" in page
    table = await trainer.get("/academy/figures.csv?year=2026")
    assert table.content_type == "text/csv"
    assert "participants,,0" in await table.text()


@pytest.mark.parametrize("year", ["1", "abc", "99999999999"])
async def test_a_year_that_cannot_be_is_refused(enter: Enter, year: str) -> None:
    trainer = await enter("trainer")
    assert (await trainer.get(f"/academy/figures?year={year}")).status == 400


async def test_volunteers_do_not(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    assert (await volunteer.get("/academy/figures")).status == 403
