"""What the scores of offered suggestions were made of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("offered_suggestions", sa.Column("parts", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Take the column back."""
    with op.batch_alter_table("offered_suggestions", schema=None) as batch_op:
        batch_op.drop_column("parts")
