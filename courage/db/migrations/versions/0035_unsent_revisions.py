"""Which text somebody typed was there when another device sends its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is kept counts as its first version, of no device."""
    op.add_column(
        "unsent_texts", sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    op.add_column(
        "unsent_texts", sa.Column("device", sa.String(length=32), server_default="", nullable=False)
    )


def downgrade() -> None:
    """Forget them: in an older version the last device to write wins."""
    op.drop_column("unsent_texts", "device")
    op.drop_column("unsent_texts", "revision")
