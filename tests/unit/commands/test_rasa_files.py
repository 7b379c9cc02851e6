"""Rasa's files say the same as the commands."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from courage.commands.core.rasa_files import GROUP_INTENT, files
from courage.commands.core.registry import FALLBACK, default_registry
from courage.taxonomy import LANGUAGES

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("path", sorted(files(default_registry()), key=str), ids=str)
def test_a_file_is_as_the_commands_are(path: Path) -> None:
    written = (ROOT / path).read_text(encoding="utf-8")
    assert written == files(default_registry())[path], (
        f"{path} is not what the commands say; run: python -m courage.commands, and train Rasa anew"
    )


def test_rasa_learns_sentences_for_every_command_and_for_nothing_else() -> None:
    files_ = sorted((ROOT / "bot/data/nlu").glob("*.yml"))
    assert [file.stem for file in files_] == sorted(LANGUAGES)
    learned = [block for file in files_ for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]]
    commands = {command.name for command in default_registry() if not command.exact_only} - {FALLBACK}
    assert {block["intent"] for block in learned} == commands | {GROUP_INTENT}


def test_domain_and_rules_are_what_rasa_reads() -> None:
    texts = {path.name: yaml.safe_load(text) for path, text in files(default_registry()).items()}
    domain, rules = texts["domain.yml"], texts["rules.yml"]["rules"]
    answered = {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules}
    assert set(answered) == {*domain["intents"], FALLBACK}
    assert set(answered.values()) == {*domain["actions"], "action_listen"}
    assert "slots" not in domain
