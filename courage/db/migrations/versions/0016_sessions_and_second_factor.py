"""Sessions that can be listed and ended one by one, and a second factor of logins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SESSIONS = ("kind", "name", "parent_id", "last_seen_at")
PEOPLE = ("second_factor", "second_factor_step")


def upgrade() -> None:
    """Add columns and the table of recovery codes; nobody has a second factor yet."""
    text = sa.String
    op.add_column("web_sessions", sa.Column("kind", text(8), nullable=False, server_default="password"))
    op.add_column("web_sessions", sa.Column("name", text(80), nullable=False, server_default=""))
    op.add_column("web_sessions", sa.Column("parent_id", sa.Integer(), nullable=True))
    op.add_column("web_sessions", sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("people", sa.Column("second_factor", text(64), nullable=True))
    op.add_column("people", sa.Column("second_factor_step", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_recovery_codes_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_recovery_codes_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    for column in ("organisation_id", "person_id"):
        op.create_index(op.f(f"ix_recovery_codes_{column}"), "recovery_codes", [column], unique=False)


def downgrade() -> None:
    """Take them back; the older version asks for the password alone, so whoever has a second factor is logged out."""
    _open_walls()
    op.get_bind().execute(sa.text("DELETE FROM web_sessions"))
    op.drop_table("recovery_codes")
    # Plain DROP COLUMN: making `people` anew would touch all that hangs on it.
    for table, columns in (("people", PEOPLE), ("web_sessions", SESSIONS)):
        for added in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {added}")


def _open_walls() -> None:
    """Take row-level security away, which the older version does not know: it would see no row."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    found = connection.execute(
        sa.text("SELECT tablename FROM pg_policies WHERE policyname = 'courage_organisation'")
    )
    for (table,) in found.all():
        op.execute(f"DROP POLICY courage_organisation ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
