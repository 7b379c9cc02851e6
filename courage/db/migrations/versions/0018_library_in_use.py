"""Approved texts stay in use during re-review; the library is searched in folded words, what is there included."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from courage.db.folding import fold

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_RESPONSES = sa.table(
    "responses",
    sa.column("number", sa.BigInteger()),
    sa.column("id", sa.String()),
    sa.column("text", sa.Text()),
    sa.column("search_key", sa.Text()),
)
_NARRATIVES = sa.table(
    "response_narratives",
    sa.column("response_number", sa.BigInteger()),
    sa.column("position", sa.Integer()),
    sa.column("text", sa.Text()),
)


def upgrade() -> None:
    """Add the columns; fold the keys."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("responses", sa.Column("stands_for", kind, nullable=True))
    op.add_column("responses", sa.Column("in_use_version", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_responses_stands_for"), "responses", ["stands_for"])
    _write(fold)


def downgrade() -> None:
    """Write the keys as they were; what stood in for others goes."""
    _write(str.casefold)
    op.execute("DELETE FROM responses WHERE stands_for IS NOT NULL")
    op.drop_index(op.f("ix_responses_stands_for"), "responses")
    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.drop_column("in_use_version")
        batch_op.drop_column("stands_for")


def _write(put: Callable[[str], str]) -> None:
    session = op.get_bind()
    narratives: dict[int, list[str]] = {}
    query = sa.select(_NARRATIVES.c.response_number, _NARRATIVES.c.text)
    for number, text in session.execute(
        query.order_by(_NARRATIVES.c.response_number, _NARRATIVES.c.position)
    ):
        narratives.setdefault(number, []).append(text)
    rows = session.execute(sa.select(_RESPONSES.c.number, _RESPONSES.c.id, _RESPONSES.c.text)).all()
    keys = [
        {"which": number, "key": put(" ".join((name, text, *narratives.get(number, ()))))}
        for number, name, text in rows
    ]
    if keys:
        session.execute(
            sa.update(_RESPONSES)
            .where(_RESPONSES.c.number == sa.bindparam("which"))
            .values(search_key=sa.bindparam("key")),
            keys,
        )
