"""What Alembic runs: compares and changes the tables over the connection that it is handed."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

import courage.db.models.delivery  # registers its tables
import courage.db.models.library  # noqa: F401  # registers its tables
from courage.db.engine import Base, UtcDateTime


def render(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column type as the plain one beneath it, so that old migrations do not depend on our code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render,
    render_as_batch=True,  # SQLite cannot alter columns in place
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
