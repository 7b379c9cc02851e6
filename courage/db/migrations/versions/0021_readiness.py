"""Who is ready for live cases, and whether an organisation asks for it; whoever answers today stays ready."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, the switch and the list of decisions; everybody there is ready from the day they came."""
    op.add_column("people", sa.Column("ready_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "organisation_settings",
        sa.Column("readiness_gate", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.create_table(
        "readiness_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=16), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_readiness_events_organisation_id", "readiness_events", ["organisation_id"])
    op.create_index("ix_readiness_person", "readiness_events", ["organisation_id", "person_id", "id"])
    op.execute("UPDATE people SET ready_since = created_at")
    op.execute(
        "INSERT INTO readiness_events (organisation_id, person_id, kind, how, role, note, at) "
        "SELECT organisation_id, id, 'ready', 'upgrade', role, '', CURRENT_TIMESTAMP FROM people"
    )


def downgrade() -> None:
    """Forget who was ready: an older version lets everybody work on live cases."""
    op.drop_table("readiness_events")
    # In place: SQLite would otherwise make the tables anew, on which others hang.
    op.drop_column("organisation_settings", "readiness_gate")
    op.drop_column("people", "ready_since")
