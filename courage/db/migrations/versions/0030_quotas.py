"""Limits of organisations (messages a minute, kept text), and what engines together have used of limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and table; nobody has a limit and nothing is used."""
    op.add_column("organisation_settings", sa.Column("most_messages", sa.Integer(), nullable=True))
    op.add_column("organisation_settings", sa.Column("most_bytes", sa.BigInteger(), nullable=True))
    op.create_table(
        "allowances",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_allowances_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "subject", "since", name=op.f("pk_allowances")),
    )


def downgrade() -> None:
    """Forget the limits: an older version knows none."""
    op.drop_table("allowances")
    op.drop_column("organisation_settings", "most_bytes")
    op.drop_column("organisation_settings", "most_messages")
