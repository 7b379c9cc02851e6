"""Room for second factors that are encrypted. The program encrypts those that are there when it starts: it has the key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the column; SQLite does not go by widths."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(
            "people",
            "second_factor",
            type_=sa.String(200),
            existing_type=sa.String(64),
            existing_nullable=True,
        )


def downgrade() -> None:
    """Narrow it again.

    :raises RuntimeError: if a second factor is still encrypted, which the version before could not read.
    """
    connection = op.get_bind()
    sealed = "SELECT count(*) FROM people WHERE second_factor LIKE 'sealed1:%'"
    if connection.execute(sa.text(sealed)).scalar_one():
        raise RuntimeError(
            "second factors are encrypted, which the version before cannot read; `courage update --back` opens them first"
        )
    if connection.dialect.name != "sqlite":
        op.alter_column(
            "people",
            "second_factor",
            type_=sa.String(64),
            existing_type=sa.String(200),
            existing_nullable=True,
        )
