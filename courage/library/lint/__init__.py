"""Checks of a response before people approve it, and of the whole library now and then.

One rule is one module in :mod:`courage.library.lint.rules`; the registry finds them all.
"""

from courage.library.lint.linter import Linter
from courage.library.lint.registry import codes, find_rules
from courage.library.lint.rule import Context, Issue, Rule

__all__ = ["Context", "Issue", "Linter", "Rule", "codes", "find_rules"]
