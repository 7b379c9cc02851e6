"""Workshops: who takes part, what they answer and vote for, and how the talk went on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "workshops",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("trainer_id", sa.Integer(), nullable=True),
        sa.Column("scenarios", sa.JSON(), nullable=False),
        sa.Column("phase", sa.String(length=12), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("scene", sa.String(length=40), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("texts_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["trainer_id"], ["people.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("ix_workshops_organisation_id", "workshops", ["organisation_id"], unique=False)
    op.create_index("ix_workshops_texts_until", "workshops", ["texts_until"], unique=False)
    op.create_table(
        "workshop_participants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["workshop_id"], ["workshops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(
        "ix_workshop_participants_organisation_id", "workshop_participants", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_workshop_participants_workshop_id", "workshop_participants", ["workshop_id"], unique=False
    )
    op.create_table(
        "workshop_turns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("scenario", sa.String(length=80), nullable=False),
        sa.Column("scene", sa.String(length=40), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("chosen_id", sa.Integer(), nullable=True),
        sa.Column("went", sa.String(length=12), server_default="", nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("because", sa.Text(), server_default="", nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["workshop_id"], ["workshops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_workshop_turns_organisation_id", "workshop_turns", ["organisation_id"], unique=False)
    op.create_index("ix_workshop_turns_workshop_id", "workshop_turns", ["workshop_id"], unique=False)
    op.create_table(
        "workshop_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["workshop_turns.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["participant_id"], ["workshop_participants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("turn_id", "participant_id"),
    )
    op.create_index(
        "ix_workshop_answers_organisation_id", "workshop_answers", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_workshop_answers_participant_id", "workshop_answers", ["participant_id"], unique=False
    )
    op.create_table(
        "workshop_votes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["workshop_turns.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["participant_id"], ["workshop_participants.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["answer_id"], ["workshop_answers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("turn_id", "participant_id"),
    )
    op.create_index("ix_workshop_votes_answer", "workshop_votes", ["answer_id"], unique=False)
    op.create_index("ix_workshop_votes_organisation_id", "workshop_votes", ["organisation_id"], unique=False)
    op.create_index("ix_workshop_votes_participant_id", "workshop_votes", ["participant_id"], unique=False)


def downgrade() -> None:
    """Take them away; an older version knows no workshops."""
    op.drop_table("workshop_votes")
    op.drop_table("workshop_answers")
    op.drop_table("workshop_turns")
    op.drop_table("workshop_participants")
    op.drop_table("workshops")
