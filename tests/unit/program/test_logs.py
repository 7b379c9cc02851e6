"""What the log says of errors: their kind and place, never their words."""

from __future__ import annotations

import io
import json
import logging

import pytest

from courage.logs import JsonFormatter, PlainFormatter


def _written(formatter: logging.Formatter) -> str:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    log = logging.Logger("courage.test")
    log.addHandler(handler)
    try:
        try:
            raise ValueError("what somebody wrote: vermin")
        except ValueError as inner:
            raise RuntimeError("vermin again") from inner
    except RuntimeError:
        log.exception("screening %s", "failed")
    return out.getvalue()


@pytest.mark.parametrize("formatter", [PlainFormatter(), JsonFormatter()])
def test_an_exception_is_its_kind_and_place_and_no_word_of_it(formatter: logging.Formatter) -> None:
    text = _written(formatter)
    assert "RuntimeError at" in text
    assert "because of ValueError" in text
    assert "test_logs.py:" in text
    assert "vermin" not in text


def test_json_is_one_object_a_line() -> None:
    line = _written(JsonFormatter())
    assert line.count("\n") == 1
    found = json.loads(line)
    assert (found["level"], found["logger"], found["message"]) == (
        "error",
        "courage.test",
        "screening failed",
    )
    assert found["time"].endswith("+00:00")
