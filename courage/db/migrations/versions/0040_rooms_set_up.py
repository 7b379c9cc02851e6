"""When a test card was seen in a desk room, and when the notice was posted in a group room."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from courage.db.engine import UtcDateTime

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of rooms that are there already nobody said anything."""
    op.add_column("rooms", sa.Column("card_seen_at", UtcDateTime(), nullable=True))
    op.add_column("rooms", sa.Column("notice_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Forget both."""
    op.drop_column("rooms", "notice_at")
    op.drop_column("rooms", "card_seen_at")
