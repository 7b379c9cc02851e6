"""What end-to-end tests share."""

from tests.unit.actions.conftest import world

__all__ = ["world"]
