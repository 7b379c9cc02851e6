"""Which subgroups of its targets the message of a case names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was flagged before names none."""
    op.add_column("cases", sa.Column("subgroups", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("cases", "subgroups")
