"""A hateful statement that responses answer is called a narrative, no longer a claim: people claim cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_VERSIONS = sa.table("response_versions", sa.column("number", sa.BigInteger), sa.column("content", sa.JSON))
_OFFERS = sa.table("offered_suggestions", sa.column("id", sa.BigInteger), sa.column("parts", sa.JSON))
_BATCH = 1_000


def upgrade() -> None:
    """Rename the table, and the fields in stored versions and in the parts of offers."""
    _rename_table("response_claims", "response_narratives")
    _rewrite(_VERSIONS, "number", "content", _renamed("claims", "narratives"))
    _rewrite(_OFFERS, "id", "parts", _renamed("claim", "narrative"))


def downgrade() -> None:
    """Give everything its old name back."""
    _rewrite(_OFFERS, "id", "parts", _renamed("narrative", "claim"))
    _rewrite(_VERSIONS, "number", "content", _renamed("narratives", "claims"))
    _rename_table("response_narratives", "response_claims")


def _rename_table(old: str, new: str) -> None:
    for column in ("organisation_id", "response_number"):
        op.drop_index(f"ix_{old}_{column}", table_name=old)
    op.rename_table(old, new)
    for column in ("organisation_id", "response_number"):
        op.create_index(f"ix_{new}_{column}", new, [column], unique=False)


def _renamed(old: str, new: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda data: {new if name == old else name: value for name, value in data.items()}


def _rewrite(
    table: sa.TableClause, key: str, column: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Change a JSON column row by row, in batches, so that memory stays small however long the history is."""
    bind = op.get_bind()
    number, last = table.c[key], -1
    while rows := bind.execute(
        sa.select(number, table.c[column]).where(number > last).order_by(number).limit(_BATCH)
    ).all():
        for row_number, data in rows:
            if isinstance(data, dict) and (changed := change(data)) != data:
                bind.execute(sa.update(table).where(number == row_number).values({column: changed}))
        last = rows[-1][0]
