"""How people look after themselves, and how many harmful messages a day an organisation lets anybody read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column; nobody has chosen anything, and there is no limit."""
    op.create_table(
        "care_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=True),
        sa.Column("muted", sa.JSON(), nullable=False),
        sa.Column("softened", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("country", sa.String(length=2), server_default="", nullable=False),
        sa.Column("break_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_care_choices_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_care_choices_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_choices")),
        sa.UniqueConstraint("person_id", name=op.f("uq_care_choices_person_id")),
    )
    op.create_index(
        op.f("ix_care_choices_organisation_id"), "care_choices", ["organisation_id"], unique=False
    )
    op.add_column("organisation_settings", sa.Column("daily_cap", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Forget the choices: an older version shows as much as anybody asks for."""
    op.drop_column("organisation_settings", "daily_cap")
    op.drop_table("care_choices")
