"""Build hook: copies what Courage reads at run time, but keeps outside the package, into the wheel.

A checkout has the starter library and the seeds beside the package, where people edit them. A wheel carries what
runs of them under ``courage/_shipped``, where :mod:`courage.shipped` expects it; texts that only training and
measuring read stay out. Everything else about the package is declared in ``pyproject.toml``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
#: Folders and patterns below them, relative to the checkout.
SHIPPED = {
    "responses": "**/*.yml",
    "seeds/academy": "*.*",
    "seeds/cards": "*.yml",
    "seeds/limits": "*.yml",
    "seeds/lexicons": "*.tsv",
    "seeds/retrieval": "generality-en.csv",
    "seeds/scenarios": "*/*.yml",
    "seeds/sources": "*.yml",
    "seeds/spot_the_hate": "*.yml",
}


def shipped_files() -> list[Path]:
    """Return the files to copy, relative to the checkout.

    :raises FileNotFoundError: where a pattern finds nothing, so that no wheel is built without its content.
    """
    found: list[Path] = []
    for folder, pattern in SHIPPED.items():
        files = sorted((ROOT / folder).glob(pattern))
        if not files:
            raise FileNotFoundError(f"nothing matches {folder}/{pattern}: build from a whole checkout")
        found += [file.relative_to(ROOT) for file in files]
    return found


class BuildWithShipped(build_py):
    """``build_py`` that adds ``courage/_shipped``; an editable installation reads the checkout and needs none."""

    def run(self) -> None:
        if not self.editable_mode:
            # What an earlier build left would else be packed, although its source is gone.
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if self.editable_mode:
            return
        for source, target in self._copies().items():
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        return [*super().get_outputs(include_bytecode), *self._copies().values()]

    def get_source_files(self) -> list[str]:
        return [*super().get_source_files(), *(file.as_posix() for file in shipped_files())]

    def _copies(self) -> dict[str, str]:
        target = Path(self.build_lib) / "courage" / "_shipped"
        return {str(ROOT / file): str(target / file) for file in shipped_files()}


setup(cmdclass={"build_py": BuildWithShipped})
