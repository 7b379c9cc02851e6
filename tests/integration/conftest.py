"""A PostgreSQL server of the tests' own, one for each file that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgresql import empty_database, running


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Return the address of a server of our own, on loopback, gone after the tests."""
    with running() as address:
        yield address


@pytest.fixture
def address(server: str) -> str:
    """Return the address of an empty database."""
    return empty_database(server)
