"""Texts as JSON lines: answered as they come, in their order, a bad line named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

import courage.wiring
from courage.cli import cli
from courage.cli.ask import SUGGEST_CHUNK
from courage.cli.jsonl import batches
from courage.detection.verdict import Reason, Verdict
from courage.errors import CourageError
from courage.library.suggest.advice import Advice, Suggestion
from courage.library.suggest.sayings import saying
from courage.web.schemas.screening import ScreenedAdvice
from courage.web.schemas.screening import Verdict as VerdictModel

ROOT = Path(__file__).resolve().parents[3]
HATEFUL = "They are vermin."


def verdict_on(text: str) -> Verdict:
    """Flag one word, as the screener would."""
    bad = "vermin" in text
    reasons = (Reason("word", text[-7:], 0.123456),) if bad else ()
    return Verdict(
        text, bad, 0.98765 if bad else 0.01, "dehumanisation" if bad else "none", 2 if bad else 0, (), "en",
        "counter" if bad else "none", reasons,
    )  # fmt: skip


class World:
    """What the commands put together, without models."""

    organisation_id = 1

    def __init__(self, settings: Any, **_: Any) -> None:
        self.settings = settings
        self.screener = self.recommender = self
        self.together: list[int] = []

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def screen(self, text: str, sensitivity: str) -> Verdict:
        return verdict_on(text)

    def screen_many(self, texts: list[str], sensitivity: str) -> list[Verdict]:
        self.together.append(len(texts))
        return [verdict_on(text) for text in texts]

    def suggest(self, text: str, verdict: Verdict, *, organisation_id: int) -> Advice:
        if not verdict.hateful:
            return Advice(True, saying("harmless"))
        source = {"title": "A report", "publisher": "An office", "year": 2024, "locator": ""}
        return Advice(False, None, (
            Suggestion("en-x-1", "Nobody is.", "denouncing", "en", 0.56789, (saying("nearest"),), (source,), 1, "fr"),
        ))  # fmt: skip


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command on lines of standard input."""
    world = World(SimpleNamespace(sensitivity="balanced"))
    monkeypatch.setattr(courage.wiring, "settings_or_default", lambda: world.settings)
    monkeypatch.setattr(courage.wiring, "Components", lambda *_, **__: world)
    monkeypatch.setattr(courage.wiring, "make_screener", lambda _: world)

    def call(*words: str, given: bytes = b"") -> Result:
        return CliRunner().invoke(cli, list(words), input=given)

    return call


def lines_of(*texts: str) -> bytes:
    return b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)


@pytest.mark.parametrize(("command", "model"), [("screen", VerdictModel), ("suggest", ScreenedAdvice)])
def test_every_text_has_its_line_in_the_same_order(run: Run, command: str, model: Any) -> None:
    texts = [HATEFUL, "hello", "", "\ud800", "a\nb", *(f"text {number}" for number in range(300))]
    result = run(command, "--jsonl", given=lines_of(*texts) + b"\n\n")
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one.get("verdict") or one)["text"] for one in found] == texts
    assert all(set(one) == set(model.model_fields) for one in found)


def test_suggest_says_the_same_of_one_text_and_of_a_line(run: Run) -> None:
    one = json.loads(run("suggest", "--json", HATEFUL).stdout)
    (line,) = run("suggest", "--jsonl", given=lines_of(HATEFUL)).stdout.splitlines()
    assert json.loads(line) == one
    assert one["suggestions"] == [
        {
            "id": "en-x-1", "number": 1, "text": "Nobody is.", "strategy": "denouncing", "language": "en",
            "translated_from": "fr", "kind": "counter_narrative", "longer": "", "score": 0.5679, "reasons": ["nearest in the library"],
            "why": [{"code": "nearest", "values": {}, "text": "nearest in the library"}],
            "sources": [{"title": "A report", "publisher": "An office", "year": 2024, "locator": ""}],
        }
    ]  # fmt: skip
    assert one["verdict"]["score"] == 0.9877
    assert json.loads(run("screen", "--json", HATEFUL).stdout) == one["verdict"]


@pytest.mark.parametrize("command", ["screen", "suggest"])
@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"nonsense\n", "line 3: it is not JSON"),
        (b"\xff\n", "line 3: it is not UTF-8"),
        (b"[" * 100_000 + b"\n", "line 3: it is not JSON"),
        (b"[]\n", "line 3: the line must be a JSON object"),
        (b'{"txt": "a"}\n', "line 3: unknown field 'txt' in the line; allowed: text"),
        (b'{"text": 5}\n', "line 3: field 'text' must be text"),
        (b"{}", "line 3: field 'text' is missing in the line"),
    ],
)
def test_a_bad_line_is_named_and_those_before_it_are_answered(
    run: Run, command: str, bad: bytes, says: str
) -> None:
    result = run(command, "--jsonl", given=lines_of("one") + b"\n" + bad)
    assert isinstance(result.exception, CourageError)
    assert says in str(result.exception)
    assert "\n" not in str(result.exception)
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize("command", ["screen", "suggest"])
def test_a_text_or_lines_but_not_both(run: Run, command: str) -> None:
    assert run(command).exit_code == 2
    assert run(command, "--jsonl", "text").exit_code == 2


def test_a_text_is_given_on_before_the_pipe_is_closed() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source:
        found = batches(source)  # type: ignore[arg-type]
        for text in ("one", "two"):
            os.write(writing, lines_of(text))
            assert next(found) == [text]
        os.write(writing, lines_of("three", "four") + b'{"text": "fi')
        assert next(found) == ["three", "four"]
        os.write(writing, b've"}')
        os.close(writing)
        assert next(found) == ["five"]
        assert next(found, None) is None


def test_texts_that_wait_are_taken_together() -> None:
    texts = [f"text {number}" for number in range(100)]
    assert [len(one) for one in batches(BytesIO(lines_of(*texts)), SUGGEST_CHUNK)] == [16] * 6 + [4]


@pytest.mark.slow  # a process of its own
def test_a_process_that_waits_for_its_answer_gets_it() -> None:
    """The whole way, with a real pipe: a line goes in, its answer comes out, and only then the next goes in."""
    code = (
        "import courage.wiring as w; from types import SimpleNamespace as N\n"
        "from tests.unit.program.test_jsonl import World; from courage.cli import main\n"
        "w.settings_or_default = lambda: N(sensitivity='balanced'); w.Components = World\n"
        "import sys; sys.argv = ['courage', 'suggest', '--jsonl']; main()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        for text in (HATEFUL, "hello"):
            child.stdin.write(lines_of(text))
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["verdict"]["text"] == text
        child.stdin.close()
        assert child.wait(60) == 0
    finally:
        child.kill()
        child.wait()
