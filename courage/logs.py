"""How the log is written: lines for people or JSON for programs, and never what an exception quotes."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

_PLAIN: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_Exc = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def said_of(error: _Exc) -> str:
    """Return the kind of an exception, and of what caused it, with the places; never its words, which may quote people."""
    found: list[str] = []
    exception = error[1]
    while exception is not None and len(found) < 5:
        places = [
            f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}"
            for frame in traceback.extract_tb(exception.__traceback__)[-8:]
        ]
        found.append(f"{type(exception).__name__} at {' > '.join(places)}")
        exception = exception.__cause__ or (None if exception.__suppress_context__ else exception.__context__)
    return "; because of ".join(found)


class PlainFormatter(logging.Formatter):
    """Lines for people."""

    def __init__(self) -> None:
        super().__init__(_PLAIN)

    def formatException(self, ei: Any) -> str:  # logging's own name
        return said_of(ei)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message; kind and places of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, str] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = said_of(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up(level: str, form: str) -> None:
    """Write the log to standard error, which the supervisor keeps in a file of its own (mode 600, put aside when full).

    :param form: ``text`` or ``json``.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else PlainFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # aiohttp's access log would write query strings, and those may carry what people searched for.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
