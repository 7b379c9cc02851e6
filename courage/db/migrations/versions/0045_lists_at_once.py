"""Indexes for pages that list or count: responses by change and review date, cases by author, decisions by text."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

INDEXES: Final = (
    ("ix_responses_newest", "responses", ("organisation_id", "stands_for", "changed_at", "number")),
    ("ix_responses_due", "responses", ("organisation_id", "stands_for", "state", "review_on")),
    ("ix_decision_texts", "decisions", ("organisation_id", "state", "exact", "decision")),
    (
        "ix_case_author_time",
        "cases",
        ("organisation_id", "author", "channel", "room_id", "opened_at", "hateful", "status", "route"),
    ),
    ("ix_decision_latest", "decisions", ("organisation_id", "state", "id")),
)


def upgrade() -> None:
    """Add them; rows stay as they are."""
    for name, table, columns in INDEXES:
        op.create_index(name, table, list(columns))


def downgrade() -> None:
    """Take them away."""
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
