"""``python -m courage.commands``: writes Rasa's files that follow from the commands (train Rasa anew afterwards)."""

from __future__ import annotations

import sys

from courage.commands.core.rasa_files import files
from courage.commands.core.registry import discover
from courage.shipped import CHECKOUT


def main() -> int:
    """Write the files; return the exit status."""
    if CHECKOUT is None:
        print(
            "courage: Rasa's files are in a checkout; this Courage was installed from a wheel",
            file=sys.stderr,
        )
        return 1
    for path, text in files(discover()).items():
        (CHECKOUT / path).write_text(text, encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
