"""Tests. Everything that imports one of them, processes that tests start too, adds people who are ready."""

import contextlib

with contextlib.suppress(ImportError):  # Rasa's environment has no such database
    import tests.staff  # noqa: F401
