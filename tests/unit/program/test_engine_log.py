"""The engine keeps no access log: addresses carry API keys and what people searched for."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from courage import engine
from courage.settings import Settings


class Nothing:
    """Stands where the engine's parts would be made."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *_: object) -> None: ...

    def application(self) -> object:
        return object()


def test_the_engine_serves_without_an_access_log(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[dict[str, Any]] = []
    monkeypatch.setattr(engine, "Workshop", Nothing)
    monkeypatch.setattr(engine, "Engine", Nothing)
    monkeypatch.setattr(engine.web, "run_app", lambda _app, **how: served.append(how))
    monkeypatch.setattr(engine.gc, "freeze", lambda: None)
    access = logging.getLogger("aiohttp.access")
    monkeypatch.setattr(access, "level", logging.NOTSET)
    engine.serve(Settings())
    assert served[0]["access_log"] is None
    assert not access.isEnabledFor(logging.INFO)
