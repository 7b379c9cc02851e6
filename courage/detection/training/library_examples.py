"""Examples from the starter library: what its responses say is benign, the narratives they answer mostly are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from courage.detection.model.evidence import IDENTITY, SLUR, Evidence
from courage.detection.text.lexicons import DEFAULT_FOLDER, load_lexicon
from courage.detection.text.pivot import to_pivot
from courage.detection.training.examples import Example
from courage.errors import CourageError
from courage.taxonomy import LANGUAGES, NARRATIVE

RESPONSE_WEIGHT = 1.0
NARRATIVE_WEIGHT = 0.3  # a narrative is often mild prejudice, and short


def library_examples(folder: Path, lexicons: Path = DEFAULT_FOLDER) -> list[Example]:
    """Read the responses of ``folder/<language>/*.yml``; an absent folder gives none.

    Response texts become benign counter-speech. Narratives become examples of that category where they name a group;
    "they all lie" says too little by itself. Some of them are hateful as well, so that is left undecided.

    :raises CourageError: where a file cannot be read.
    """
    names = Evidence(load_lexicon("en", lexicons))
    found: list[Example] = []
    # Beside the languages lies what responses rest on, which is no response.
    for path in (path for code in LANGUAGES for path in sorted((folder / code).glob("*.yml"))):
        try:
            entries: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8")) or []
            for entry in entries:
                # What is general names no group and answers no narrative of its own.
                language, targets = str(entry["language"]), tuple(entry.get("targets", ()))
                words = " ".join(str(entry["text"]).split())
                found.append(
                    Example(
                        words,
                        False,
                        language,
                        "none",
                        targets,
                        "counter_speech",
                        "",
                        "library",
                        RESPONSE_WEIGHT,
                    )
                )
                found += [
                    Example(
                        narrative,
                        False,
                        language,
                        NARRATIVE,
                        targets,
                        None,
                        "",
                        "library",
                        NARRATIVE_WEIGHT,
                        decided=False,
                    )
                    for narrative in map(str, entry.get("narratives", ()))
                    if names.flags(to_pivot(narrative, language, lexicons)) & (IDENTITY | SLUR)
                ]
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise CourageError(f"{path.name} cannot be read as responses: {error}") from error
    return found
