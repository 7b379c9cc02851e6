"""YAML from people: plain data only, in bounded time and memory.

PyYAML's composer recurses in C, so a deeply nested document kills the process, and aliases let a few hundred bytes
expand to hundreds of megabytes. Both are refused while reading the flat stream of parsing events, before anything
is composed.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH: Final = 20


class UnsafeYaml(ValueError):
    """A document that is refused; ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def load(text: str) -> Any:
    """Return what a YAML document holds.

    :raises UnsafeYaml: if it is no YAML, nests deeper than :data:`MAX_DEPTH`, uses anchors or aliases, or holds a
        date or number that does not exist.
    """
    depth = line = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            line = event.start_mark.line + 1 if event.start_mark else line
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise UnsafeYaml("anchors (&) and aliases (*) are not allowed; write the value out", line)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise UnsafeYaml(f"nested deeper than {MAX_DEPTH} levels", line)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
        return yaml.load(text, Loader=LOADER)  # the loader is a safe one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise UnsafeYaml(
            f"not valid YAML ({getattr(error, 'problem', None) or 'unreadable'})",
            mark.line + 1 if mark else max(line, 1),
        ) from None
    except UnsafeYaml:
        raise
    except ValueError as error:  # a date such as 2020-13-45, or a number with thousands of digits
        raise UnsafeYaml(f"holds a date or number that does not exist ({error})"[:200], 1) from None
