"""Does one thing to a library again and again, each time killed at another line, and prints what was left.

Each life (see ``tests.killing``) begins with its own copy of the same database.
"""

from __future__ import annotations

import json
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

import courage.library
from courage.db.engine import create_all, make_engine, make_sessions
from courage.library.exchange.files import import_file
from courage.library.service import Library
from courage.library.views import Actor
from tests.killing import life
from tests.unit.library.conftest import draft

_TABLES = ("responses", "response_narratives", "response_versions", "response_approvals")
_ANNA, _BILAL = Actor(1, "Anna"), Actor(2, "Bilal")


def library_at(folder: Path) -> Library:
    """Return a library over the database in a folder."""
    engine = make_engine(f"sqlite:///{folder / 'library.sqlite'}")
    create_all(engine)
    return Library(make_sessions(engine))


def prepare(folder: Path) -> None:
    """Put a response under review, and beside it a file to import that changes it and brings others."""
    library = library_at(folder)
    library.add(draft("They are our neighbours.", id="first"), by=_ANNA)
    library.submit("first", by=_ANNA)
    rows = [
        {"id": "first", "text": "They are our good neighbours.", "language": "en", "strategy": "affiliation"}
    ]
    rows += [{"text": f"Words number {i}.", "language": "en", "strategy": "question"} for i in range(40)]
    (folder / "in.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    library.sessions.kw["bind"].dispose()


def act(folder: Path, what: str) -> None:
    """Approve the response, or import the file."""
    library = library_at(folder)
    if what == "approval":
        library.approve("first", by=_BILAL)
    else:
        import_file(library, folder / "in.jsonl", by=_BILAL)


def left(folder: Path) -> list[Any]:
    """Return the state of the first response and how many rows each table has, read by a new process's engine."""
    with library_at(folder).sessions() as session:
        first = session.execute(text("SELECT state, version, text FROM responses WHERE id = 'first'")).one()
        counts = [session.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in _TABLES]
        whole = session.execute(text("PRAGMA integrity_check")).scalar_one()
    return [*first, *counts, whole]


def main(folder: Path, what: str, points: int) -> None:
    """Print before, after, and for each kill point what was left and what a second try makes of it."""
    whole = folder / "whole"
    whole.mkdir()
    prepare(whole)
    before = left(whole)
    done = folder / "done"
    shutil.copytree(whole, done)
    status, lines = life(courage.library, partial(act, done, what))
    assert status == 0
    print(json.dumps({"before": before, "after": left(done)}))
    for point in range(points):
        place = folder / f"life-{point}"
        shutil.copytree(whole, place)
        status, _ = life(courage.library, partial(act, place, what), 1 + point * lines // points)
        found = left(place)
        if found[:2] == before[:2]:  # as nothing happened, the same person does it again
            life(courage.library, partial(act, place, what))
        print(json.dumps({"signal": status & 127, "left": found, "again": left(place)}))
        shutil.rmtree(place)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
