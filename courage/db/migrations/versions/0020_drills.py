"""Runs of training, their turns, drills in chat, and feedback that people see differently."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _owned(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f(f"fk_{table}_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _person(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{table}_person_id_people")),
    ]


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "drills",
        *_owned("drills"),
        *_person("drills"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("exercise_id", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("scene", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_drills_of_person", "drills", ["person_id", "exercise_id"], unique=False)
    op.create_table(
        "drill_turns",
        *_owned("drill_turns"),
        sa.Column("drill_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("scene", sa.String(length=40), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("feedback", sa.JSON(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("next_scene", sa.String(length=40), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["drill_id"], ["drills.id"], name=op.f("fk_drill_turns_drill_id_drills"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("drill_id", "number", name=op.f("uq_drill_turns_drill_id_number")),
    )
    op.create_table(
        "drill_chats",
        *_owned("drill_chats"),
        *_person("drill_chats"),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("room_id", sa.String(length=255), nullable=False),
        sa.Column("offered", sa.JSON(), nullable=False),
        sa.Column("drill_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["drill_id"], ["drills.id"], name=op.f("fk_drill_chats_drill_id_drills"), ondelete="SET NULL"
        ),
        sa.UniqueConstraint(
            "person_id", "channel", "room_id", name=op.f("uq_drill_chats_person_id_channel_room_id")
        ),
    )
    op.create_table(
        "drill_disputes",
        *_owned("drill_disputes"),
        *_person("drill_disputes"),
        sa.Column("exercise_id", sa.String(length=80), nullable=False),
        sa.Column("scene", sa.String(length=40), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("grades", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retain_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["people.id"], name=op.f("fk_drill_disputes_answered_by_people")
        ),
    )
    for column in ("person_id", "retain_until"):
        op.create_index(op.f(f"ix_drill_disputes_{column}"), "drill_disputes", [column], unique=False)
    for table in ("drills", "drill_turns", "drill_chats", "drill_disputes"):
        op.create_index(op.f(f"ix_{table}_organisation_id"), table, ["organisation_id"], unique=False)


def downgrade() -> None:
    """Take the tables back."""
    for table in ("drill_disputes", "drill_chats", "drill_turns", "drills"):
        op.drop_table(table)
