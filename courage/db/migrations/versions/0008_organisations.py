"""Several organisations: how each is set up, the practice of each person as one of its own, people in several.

What was practised before lay among the real cases. It moves, whole, into an organisation that nobody belongs to: its
cases leave the queue, and what people decided in it stops to count, except what a trainer has confirmed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OLD_PRACTICE = "Practice of before"
_OF_A_CASE = (
    "case_messages",
    "case_events",
    "offered_suggestions",
    "drafts",
    "replies",
    "feedback",
    "decisions",
    "outbox",
)


def upgrade() -> None:
    """Add the tables, describe the organisations that are there, and take old practice out of the queue."""
    op.create_table(
        "organisation_settings",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False, server_default="organisation"),
        sa.Column("state", sa.String(length=16), nullable=False, server_default="active"),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("signature", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("shared_library", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("most_rooms", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_settings_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_organisation_settings")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_settings_slug")),
    )
    op.create_table(
        "practice_spaces",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_practice_spaces_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_practice_spaces_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_practice_spaces")),
        sa.UniqueConstraint("person_id", name=op.f("uq_practice_spaces_person_id")),
    )
    op.create_table(
        "memberships",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_memberships_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["people.id"], name=op.f("fk_memberships_account_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_memberships")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_account_id"), ["account_id"], unique=False)
    run = op.get_bind().execute
    for (number,) in run(sa.text("SELECT id FROM organisations ORDER BY id")).all():
        run(
            sa.text(
                "INSERT INTO organisation_settings (organisation_id, slug, kind, state, signature, shared_library, "
                "changed_at) VALUES (:id, :slug, 'organisation', 'active', '', :yes, CURRENT_TIMESTAMP)"
            ),
            {"id": number, "slug": "default" if number == 1 else f"organisation-{number}", "yes": True},
        )
    _set_practice_apart()


def _set_practice_apart() -> None:
    run = op.get_bind().execute
    of_practice = (
        "channel = 'practice' AND id NOT IN (SELECT case_id FROM decisions WHERE state = 'confirmed')"
    )
    if run(sa.text(f"SELECT id FROM cases WHERE {of_practice} LIMIT 1")).first() is None:
        return
    number = run(
        sa.text(
            "INSERT INTO organisations (name, library_revision, decisions_revision, created_at) "
            "VALUES (:name, 0, 0, CURRENT_TIMESTAMP) RETURNING id"
        ),
        {"name": _OLD_PRACTICE},
    ).scalar_one()
    run(
        sa.text(
            "INSERT INTO organisation_settings (organisation_id, kind, state, signature, shared_library, changed_at) "
            "VALUES (:id, 'practice', 'active', '', :yes, CURRENT_TIMESTAMP)"
        ),
        {"id": number, "yes": True},
    )
    moved = {"id": number}
    # Rows of a case first: they are found by the case while it still says where it was.
    for table in _OF_A_CASE:
        run(
            sa.text(
                f"UPDATE {table} SET organisation_id = :id WHERE case_id IN (SELECT id FROM cases WHERE {of_practice})"
            ),
            moved,
        )
    run(sa.text("UPDATE counters SET organisation_id = :id WHERE channel = 'practice'"), moved)
    run(sa.text("UPDATE rooms SET organisation_id = :id WHERE channel = 'practice'"), moved)
    run(sa.text(f"UPDATE cases SET organisation_id = :id WHERE {of_practice}"), moved)


def downgrade() -> None:
    """Give old practice back to the first organisation and take the tables away.

    Where there are people or cases of several organisations, this version's tables are needed to keep them apart.
    """
    run = op.get_bind().execute
    others = run(
        sa.text(
            "SELECT count(*) FROM organisation_settings WHERE kind <> 'practice' AND organisation_id <> 1"
        )
    ).scalar_one()
    if others:
        raise RuntimeError(
            "an older version cannot keep several organisations apart; export and erase the others first"
        )
    practice = "(SELECT organisation_id FROM organisation_settings WHERE kind = 'practice')"
    # Practice rooms have the same names in each space, and messages unique ones: only one of each can be given back.
    run(sa.text(f"DELETE FROM outbox WHERE organisation_id IN {practice}"))
    for table in (
        "case_messages",
        "case_events",
        "offered_suggestions",
        "drafts",
        "replies",
        "feedback",
        "decisions",
    ):
        run(sa.text(f"UPDATE {table} SET organisation_id = 1 WHERE organisation_id IN {practice}"))
    run(sa.text(f"UPDATE cases SET organisation_id = 1 WHERE organisation_id IN {practice}"))
    run(sa.text(f"DELETE FROM counters WHERE organisation_id IN {practice}"))
    run(sa.text(f"DELETE FROM rooms WHERE organisation_id IN {practice}"))
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memberships_account_id"))
    op.drop_table("memberships")
    op.drop_table("practice_spaces")
    op.drop_table("organisation_settings")
