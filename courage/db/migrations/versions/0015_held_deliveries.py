"""Deliveries that are held after a restore."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the list of restores; nothing is held."""
    op.add_column("outbox", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "restores",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restores")),
    )


def downgrade() -> None:
    """Take the column back; what is held counts as failed, since the older version would post it."""
    run = op.get_bind().execute
    run(
        sa.text(
            "UPDATE replies SET state = 'failed', failure = 'held after a restore' WHERE state = 'pending' AND EXISTS "
            "(SELECT 1 FROM outbox WHERE outbox.case_id = replies.case_id AND outbox.kind = 'reply' "
            "AND outbox.state = 'pending' AND outbox.held_at IS NOT NULL)"
        )
    )
    run(
        sa.text(
            "UPDATE outbox SET state = 'dead', last_error = 'held after a restore' "
            "WHERE state = 'pending' AND held_at IS NOT NULL"
        )
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("held_at")
    op.drop_table("restores")
