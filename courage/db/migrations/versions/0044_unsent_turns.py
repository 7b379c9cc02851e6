"""Which state of a page's text is kept, so that a save that comes late is known for an older one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is kept counts as the first state of its page."""
    op.add_column(
        "unsent_texts", sa.Column("turn", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )


def downgrade() -> None:
    """Forget it: in an older version the last save to arrive wins."""
    op.drop_column("unsent_texts", "turn")
