"""Finds the rules: every module in ``courage/library/lint/rules`` holds one, under the name ``RULE``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from courage.library.errors import LibraryError
from courage.library.lint import rules
from courage.library.lint.rule import Rule


def _modules() -> Iterator[tuple[str, Rule]]:
    for found in sorted(pkgutil.iter_modules(rules.__path__), key=lambda module: module.name):
        rule = getattr(importlib.import_module(f"{rules.__name__}.{found.name}"), "RULE", None)
        if not isinstance(rule, Rule):
            raise LibraryError(f"lint rule {found.name} has no RULE; it is a courage.library.lint.rule.Rule")
        yield found.name, rule


@cache
def find_rules() -> tuple[Rule, ...]:
    """Return all rules, in the order of their modules' names.

    :raises LibraryError: naming a module without a rule, or a code that two rules claim.
    """
    owners: dict[str, str] = {}
    found = []
    for name, rule in _modules():
        for code in rule.codes:
            if code in owners:
                raise LibraryError(f"lint rules {owners[code]} and {name} both have the code {code!r}")
            owners[code] = name
        found.append(rule)
    return tuple(found)


def codes() -> tuple[str, ...]:
    """Return the codes of all issues that can be found."""
    return tuple(code for rule in find_rules() for code in rule.codes)
