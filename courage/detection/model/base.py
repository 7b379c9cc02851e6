"""Which encoder a detection model sits on: multilingual-e5-small, all-MiniLM-L6-v2, or another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from courage.detection.model import e5
from courage.detection.model.encoder import minilm_folder
from courage.errors import CourageError
from courage.shipped import PREVIOUS_MODEL

FILE: Final = "encoder.json"  # absent beside models for MiniLM
MINILM: Final = "all-MiniLM-L6-v2"
PREVIOUS: Final = "minilm"


def remember(model: Path, encoder: str | None) -> str:
    """Note beside a model for which encoder it is made; return where to load that from.

    :raises CourageError: where a local folder is named that is none.
    """
    note = model / FILE
    encoder = encoder or e5.NAME
    if encoder == MINILM:
        note.unlink(missing_ok=True)
        return str(minilm_folder())
    if encoder.startswith(("/", ".")) and not Path(encoder).is_dir():
        raise CourageError(f"{encoder} is no folder; name the folder of an encoder, or its name")
    found = {"encoder": encoder}
    if encoder == e5.NAME:
        found["beside"] = PREVIOUS
    note.write_text(json.dumps(found) + "\n", encoding="utf-8")
    return encoder


def source_of(model: Path) -> str:
    """Return the folder or name of the encoder that a model was made for.

    :raises CourageError: where the note beside the model cannot be read.
    """
    return _read(model).get("encoder") or str(minilm_folder())


def beside(model: Path) -> Path | None:
    """Return the folder of the model whose opinion is weighed beside this one's, or ``None`` where there is none.

    :raises CourageError: where the note beside the model cannot be read or names another than the shipped one.
    """
    name = _read(model).get("beside")
    if name not in (None, PREVIOUS):
        raise CourageError(f"{model / FILE} names {name!r} beside it; allowed: {PREVIOUS}")
    return PREVIOUS_MODEL if name else None


def _read(model: Path) -> dict[str, str]:
    note = model / FILE
    if not note.is_file():
        return {}
    try:
        found: dict[str, str] = json.loads(note.read_text(encoding="utf-8"))
        found["encoder"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CourageError(f"{note} does not name an encoder: train the model again") from error
    return found


def glossed(source: str) -> bool:
    """Return whether an encoder gets other languages as glosses in English: all but multilingual-e5-small do."""
    return source != e5.NAME
