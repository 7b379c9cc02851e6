"""When an organisation suggests to practise again, and how participants of workshops feel in their own words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

REFRESHER = ("refresher_months", "refresher_hard_cases", "refresher_days")
WORDS = ("before_words", "after_words")


def upgrade() -> None:
    """Add the columns; everybody goes on as the file of paths says, and nobody has said anything."""
    for column in REFRESHER:
        op.add_column("organisation_settings", sa.Column(column, sa.Integer(), nullable=True))
    for column in WORDS:
        op.add_column("workshop_participants", sa.Column(column, sa.Text(), nullable=True))


def downgrade() -> None:
    """Forget both; in place, as others hang on these tables."""
    for column in WORDS:
        op.drop_column("workshop_participants", column)
    for column in REFRESHER:
        op.drop_column("organisation_settings", column)
