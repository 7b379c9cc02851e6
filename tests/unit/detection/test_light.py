"""What runs beside people stays light: with the graphs made, screening and encoding load no torch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from courage.detection.model import e5
from courage.detection.model.encoder import load_encoder
from courage.detection.screener import Screener

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import sys
from pathlib import Path

import pytest
import courage.engine
from courage.detection.model.encoder import load_encoder
from courage.detection.screener import load_screener

import pytest
cache = Path(sys.argv[1])
load_screener(encoder_cache=cache).screen("all migrants are vermin")
load_encoder(cache=cache).encode(["all migrants are vermin"])
heavy = {"torch", "transformers", "sentence_transformers", "onnx", "sklearn", "scipy"}
print(sorted(heavy & {name for name, module in sys.modules.items() if module is not None}))
"""


@pytest.mark.slow  # a process that loads both models
def test_screening_and_encoding_load_no_torch(screener: Screener, encoder_cache: Path) -> None:
    load_encoder(
        cache=encoder_cache
    )  # as the screener of the fixture: makes the graph where it is not made yet
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(encoder_cache)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.slow  # makes the graphs of both encoders where they are not made yet
def test_both_uses_of_the_multilingual_encoder_share_one_table_of_embeddings(
    screener: Screener, encoder_cache: Path
) -> None:
    plain = load_encoder(e5.NAME, cache=encoder_cache)
    assert plain.encode(["a sentence"]).shape == (1, screener.assessor.encoder.dimensions)
    tables = [file for file in encoder_cache.glob("embeddings-*.bin") if file.stat().st_size > 20 * 2**20]
    assert len(tables) == 1


@pytest.mark.slow  # makes a graph anew
def test_a_table_of_embeddings_that_is_lost_or_cut_short_is_made_anew(
    encoder_cache: Path, tmp_path: Path
) -> None:
    wanted = load_encoder(cache=encoder_cache).encode(["all migrants are vermin"])
    shutil.copytree(
        encoder_cache, tmp_path / "cache", ignore=shutil.ignore_patterns("screening-*", f"{e5.NAME}*")
    )
    for harm in (Path.unlink, lambda file: file.write_bytes(b"short")):
        for table in (tmp_path / "cache").glob("embeddings-*.bin"):
            harm(table)
        found = load_encoder(cache=tmp_path / "cache", backend="onnx").encode(["all migrants are vermin"])
        assert np.array_equal(found, wanted)
