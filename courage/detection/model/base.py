"""Which encoder a detection model sits on: multilingual-e5-small, all-MiniLM-L6-v2, or another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from courage.detection.model import e5
from courage.detection.model.encoder import minilm_folder
from courage.errors import CourageError

FILE: Final = "encoder.json"  # absent beside models for MiniLM
MINILM: Final = "all-MiniLM-L6-v2"


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
    note.write_text(json.dumps({"encoder": encoder}) + "\n", encoding="utf-8")
    return encoder


def source_of(model: Path) -> str:
    """Return the folder or name of the encoder that a model was made for.

    :raises CourageError: where the note beside the model cannot be read.
    """
    note = model / FILE
    if not note.is_file():
        return str(minilm_folder())
    try:
        return str(json.loads(note.read_text(encoding="utf-8"))["encoder"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CourageError(f"{note} does not name an encoder: train the model again") from error


def glossed(source: str) -> bool:
    """Return whether an encoder gets other languages as glosses in English: all but multilingual-e5-small do."""
    return source != e5.NAME
