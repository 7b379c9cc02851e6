"""Files from people that want to bring the program down are refused in one line and in no time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from courage.library.errors import ExchangeError
from courage.library.exchange.files import import_file
from courage.library.views import Actor
from tests.unit.library.conftest import Kit

BY = Actor(1, "Anna")
ENTRY = "- text: Hope is stronger.\n  language: en\n  strategy: positive\n"
LAUGHS = "- a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"  {b}: &{b} [" + ", ".join([f"*{a}"] * 9) + "]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- " + "[" * 100_000 + "\n", "nested deeper than 20 levels"),
        ("- " + "{a: " * 90_000 + "\n", "nested deeper than 20 levels"),
        ("- " + "- " * 100_000 + "x\n", "nested deeper than 20 levels"),
        (LAUGHS, r"anchors \(&\) and aliases \(\*\) are not allowed"),
        (ENTRY + "  review_on: 2020-13-45\n", "line 1: holds a date or number that does not exist"),
        (ENTRY + f"  review_on: {'9' * 6000}\n", "date or number"),
        (ENTRY + "  tone: !!python/object/apply:os.system [ls]\n", "not valid YAML"),
    ],
)
def test_a_hostile_file_is_refused_by_its_line(tmp_path: Path, kit: Kit, text: str, reason: str) -> None:
    path = tmp_path / "evil.yml"
    path.write_text(text, encoding="utf-8")
    begun = time.perf_counter()
    with pytest.raises(ExchangeError, match=reason):
        import_file(kit.library, path, by=BY)
    assert time.perf_counter() - begun < 5
    assert kit.library.count() == 0
