"""Tries to log in, so that their limits hold over restarts and at every engine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nobody has tried anything."""
    op.create_table(
        "login_tries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_tries")),
    )
    for column in ("subject", "at"):
        op.create_index(op.f(f"ix_login_tries_{column}"), "login_tries", [column], unique=False)


def downgrade() -> None:
    """Forget them: an older version counts in memory."""
    op.drop_table("login_tries")
