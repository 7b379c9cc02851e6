"""How people hear of the desk when it is closed: their e-mail address, what they chose, and when they were told last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nobody is told anything until they choose it."""
    op.create_table(
        "notice_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), server_default="", nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_digest", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("mail_alarm", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("push_digest", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("push_alarm", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("every_minutes", sa.Integer(), server_default="60", nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("zone", sa.String(length=64), server_default="UTC", nullable=False),
        sa.Column("digest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarm_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_notice_choices_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_notice_choices_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_choices")),
        sa.UniqueConstraint("person_id", name=op.f("uq_notice_choices_person_id")),
    )
    op.create_index(
        op.f("ix_notice_choices_organisation_id"), "notice_choices", ["organisation_id"], unique=False
    )


def downgrade() -> None:
    """Forget the addresses: an older version tells nobody anything."""
    op.drop_table("notice_choices")
