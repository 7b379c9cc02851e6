"""Desk rooms that people chose, several for an organisation and one or more for each organisation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no room was made a desk by hand until now."""
    op.add_column("rooms", sa.Column("desk_language", sa.String(8), nullable=True))


def downgrade() -> None:
    """Forget what was chosen: an older version knows the desk rooms of the settings alone."""
    with op.batch_alter_table("rooms", schema=None) as batch_op:
        batch_op.drop_column("desk_language")
