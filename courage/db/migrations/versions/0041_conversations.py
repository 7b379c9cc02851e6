"""Finding the cases of a conversation (near in time in a room, answers to a message), and pages of the queue."""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("ix_case_lanes", "cases", ["organisation_id", "status", "route", "language", "severity"])
    op.create_index("ix_case_room_time", "cases", ["organisation_id", "channel", "room_id", "sent_at"])
    op.create_index("ix_case_thread", "cases", ["organisation_id", "channel", "room_id", "reply_to"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_case_thread", "cases")
    op.drop_index("ix_case_room_time", "cases")
    op.drop_index("ix_case_lanes", "cases")
