"""Scenarios that organisations write themselves, and their versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def _owned(table: str, person: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(person, sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f(f"fk_{table}_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            [person], ["people.id"], name=op.f(f"fk_{table}_{person}_people"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "own_scenarios",
        *_owned("own_scenarios", "changed_by"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("exercise_id", sa.String(length=80), nullable=True),
        sa.Column("offered", sa.Text(), nullable=True),
        sa.Column("offered_revision", sa.Integer(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint(
            "organisation_id", "exercise_id", name=op.f("uq_own_scenarios_organisation_id_exercise_id")
        ),
    )
    op.create_table(
        "own_scenario_versions",
        *_owned("own_scenario_versions", "by_id"),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["scenario_id"],
            ["own_scenarios.id"],
            name=op.f("fk_own_scenario_versions_scenario_id_own_scenarios"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "scenario_id", "number", name=op.f("uq_own_scenario_versions_scenario_id_number")
        ),
    )
    for table in ("own_scenarios", "own_scenario_versions"):
        op.create_index(op.f(f"ix_{table}_organisation_id"), table, ["organisation_id"], unique=False)


def downgrade() -> None:
    """Forget them: an older version knows those only that come with Courage."""
    op.drop_table("own_scenario_versions")
    op.drop_table("own_scenarios")
