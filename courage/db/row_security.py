"""PostgreSQL's own wall between organisations, behind that of the sessions (:mod:`courage.db.scope`).

Row-level security lets a transaction see and write the rows of those organisations only that it named. Sessions name
them as soon as they are narrowed (see ``courage.db.scope``); what works for the whole installation names every one. A
connection that names nothing, such as somebody's own with the same role, sees no row.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from sqlalchemy import Connection, Engine, event, inspect, text

from courage.db.scope import COLUMN, OF_ORGANISATIONS, SETTING

POLICY: Final = "courage_organisation"
#: What names every organisation.
EVERY: Final = "*"
_SEES: Final = (
    f"CASE WHEN current_setting('{SETTING}', true) = '{EVERY}' THEN true "
    f"ELSE {COLUMN} = ANY (string_to_array(nullif(current_setting('{SETTING}', true), ''), ',')::int[]) END"
)
log = logging.getLogger(__name__)


def name_every(engine: Engine) -> None:
    """Let the connections of an engine work for the whole installation until a session narrows its transaction."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        before, connection.autocommit = connection.autocommit, True  # it must outlast the first transaction
        with connection.cursor() as cursor:
            cursor.execute(f"SET {SETTING} = '{EVERY}'")
        connection.autocommit = before


def protect(connection: Connection) -> None:
    """Put the wall around every table of organisations' rows; safe to call again. Other databases have no such wall.

    It holds for the owner of the tables too, but never for a superuser.
    """
    if connection.dialect.name != "postgresql":
        return
    quote = connection.dialect.identifier_preparer.quote
    for table in owned(connection):
        name = quote(table)
        connection.execute(text(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"))
        connection.execute(text(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"))
        connection.execute(text(f"DROP POLICY IF EXISTS {POLICY} ON {name}"))
        connection.execute(text(f"CREATE POLICY {POLICY} ON {name} USING ({_SEES}) WITH CHECK ({_SEES})"))
    passes = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    if connection.execute(text(passes)).scalar_one():
        log.warning(
            "the database's role may pass row-level security, so there is no second wall between organisations; "
            "let Courage connect as a role that is no superuser"
        )


def owned(connection: Connection) -> list[str]:
    """Return the tables there whose rows belong to organisations."""
    look = inspect(connection)
    return [
        table
        for table in sorted(look.get_table_names())
        if table not in OF_ORGANISATIONS and COLUMN in {column["name"] for column in look.get_columns(table)}
    ]
