"""No page asks the database more often because there is more in it; at length: ``make bench``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.bench_pages import compare


@pytest.mark.slow  # every page several times, with two databases
async def test_no_page_asks_more_often_with_more_rows(tmp_path: Path) -> None:
    pages, wrong = await compare(tmp_path, 70, 140, times=0)
    assert len(pages) > 25  # nearly all were measured
    assert pages["/decisions"].size > 20_000  # with their rows
    assert wrong == []
