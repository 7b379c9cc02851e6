"""Kinds of responses, what they need and whom they are for, and facts that many of them show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = (
    ("kind", sa.String(length=24), "counter_narrative"),
    ("general", sa.Boolean(), sa.false()),
    ("needs_key", sa.String(length=200), ""),
    ("for_role", sa.String(length=12), ""),
    ("longer", sa.Text(), ""),
    ("subgroups_key", sa.String(length=1000), ""),
    ("dialect", sa.String(length=16), ""),
    ("wording", sa.Text(), ""),
    ("longer_wording", sa.Text(), ""),
    ("facts_key", sa.Text(), ""),
)


def upgrade() -> None:
    """Add the columns and the tables of facts; what is there keeps its meaning."""
    for name, kind, default in COLUMNS:
        op.add_column("responses", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column(
        "response_sources", sa.Column("fact_id", sa.String(length=80), nullable=False, server_default="")
    )
    op.create_table(
        "response_facts",
        sa.Column("number", KEY, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("proposed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_by_name", sa.String(length=200), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("origin_hash", sa.String(length=32), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_response_facts_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_response_facts")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_response_facts_organisation_id_id")),
    )
    op.create_index(op.f("ix_response_facts_organisation_id"), "response_facts", ["organisation_id"])
    op.create_table(
        "response_fact_versions",
        sa.Column("number", KEY, autoincrement=True, nullable=False),
        sa.Column("fact_number", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("proposed_by_name", sa.String(length=200), nullable=False),
        sa.Column("approved_by_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fact_number"],
            ["response_facts.number"],
            name=op.f("fk_response_fact_versions_fact_number_response_facts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_response_fact_versions_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_response_fact_versions")),
        sa.UniqueConstraint(
            "fact_number", "version", name=op.f("uq_response_fact_versions_fact_number_version")
        ),
    )
    for column in ("fact_number", "organisation_id"):
        op.create_index(op.f(f"ix_response_fact_versions_{column}"), "response_fact_versions", [column])


def downgrade() -> None:
    """Take columns and tables back; what was written with placeholders keeps the words that readers saw."""
    op.drop_table("response_fact_versions")
    op.drop_table("response_facts")
    with op.batch_alter_table("response_sources", schema=None) as batch_op:
        batch_op.drop_column("fact_id")
    with op.batch_alter_table("responses", schema=None) as batch_op:
        for name, _, _ in COLUMNS:
            batch_op.drop_column(name)
