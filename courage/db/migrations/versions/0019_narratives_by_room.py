"""Whether narratives open cases in a room, where people chose that for the room itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; every room goes by its sensitivity, as before."""
    op.add_column("rooms", sa.Column("narratives", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Forget what was chosen: an older version goes by the sensitivity alone."""
    with op.batch_alter_table("rooms", schema=None) as batch_op:
        batch_op.drop_column("narratives")
