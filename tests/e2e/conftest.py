"""What end-to-end tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.e2e.desk_browser import Browser, open_browser
from tests.unit.actions.conftest import world

__all__ = ["browser", "world"]


@pytest_asyncio.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """Return a fresh desk with a browser in front of it."""
    async with open_browser(tmp_path) as found:
        yield found
