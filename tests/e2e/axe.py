"""axe, the checker that auditors use, on a page in a real browser."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.async_playwright import Axe

_AXE = Axe()


async def wrong_on(page: Any, **options: Any) -> list[str]:
    """Return what axe finds on a page, rule and element; ``options`` are axe's own."""
    found = await _AXE.run(page, options=options)
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]
