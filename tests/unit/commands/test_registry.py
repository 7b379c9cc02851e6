"""Dropping in one file adds a command, and a file that cannot be one is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from courage.commands.core.errors import RegistryError
from courage.commands.core.rasa_files import domain, rules
from courage.commands.core.registry import FOLDER, discover
from tests.unit.cases.kit import World
from tests.unit.commands.talk import Talk

BREAK = '''"""``break``: a reminder to rest."""

from courage.commands.core.command import STAFF, Command
from courage.commands.core.grammar import CaseNumber


async def execute(turn):
    return turn.argument("case")


def render(turn, case):
    turn.say("rest", name=turn.person.name, case=case)


COMMAND = Command(
    name="take_break",
    words={"en": ("break",), "fr": ("repos",), "de": ("Päuschen",), "ar": ("راحة",)},
    parameters=(CaseNumber(),),
    roles=STAFF,
    execute=execute,
    render=render,
    texts={
        "en": {"rest": "Rest, {name}; case {case} can wait.", "command_take_break": "rest a while"},
        "fr": {"rest": "Reposez-vous, {name} ; le cas {case} peut attendre.", "command_take_break": "se reposer"},
        "de": {"rest": "Ruh dich aus, {name}; Fall {case} kann warten.", "command_take_break": "ausruhen"},
        "ar": {"rest": "استرح يا {name}؛ القضية {case} تنتظر.", "command_take_break": "استرح قليلا"},
    },
)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the commands that come with Courage."""
    copy = tmp_path / "commands"
    copy.mkdir()
    for path in FOLDER.glob("[!_]*.py"):
        shutil.copy(path, copy)
    return copy


@pytest.mark.parametrize(
    ("language", "said", "shown", "answer"),
    [
        ("en", "Break 12", "break 12 – rest a while", "Rest, Ann; case 12 can wait."),
        ("fr", "repos 12", "repos 12 – se reposer", "Reposez-vous, Ann ; le cas 12 peut attendre."),
        ("de", "päuschen 12!", "Päuschen 12 – ausruhen", "Ruh dich aus, Ann; Fall 12 kann warten."),
        ("ar", "راحة ١٢", "راحة 12 – استرح قليلا", "استرح يا Ann؛ القضية 12 تنتظر."),
    ],
)
async def test_one_file_adds_a_command(
    world: World, folder: Path, language: str, said: str, shown: str, answer: str
) -> None:
    assert shown not in await Talk(world, registry=discover(folder)).hear(
        world.ann, "help", language=language
    )
    (folder / "take_break.py").write_text(BREAK, encoding="utf-8")
    registry = discover(folder)
    talk = Talk(world, registry=registry)
    assert shown in (await talk.hear(world.ann, "help", language=language)).splitlines()
    assert await talk.hear(world.ann, said, language=language) == answer
    assert "break" in await talk.hear(world.ann, "a sentence")
    assert "volunteers" in await talk.hear(None, said, room_kind="direct"), "only its roles may use it"
    assert "- take_break" in domain(registry)
    assert "action: action_take_break" in rules(registry)


def test_the_copy_is_what_comes_with_courage(folder: Path) -> None:
    assert {command.name for command in discover(folder)} == {command.name for command in discover()}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x = 1", "must define COMMAND as a Command"),
        ("COMMAND = 'queue'", "must define COMMAND as a Command"),
        ("import nothing_like_this", "cannot be loaded: No module named 'nothing_like_this'"),
        ("def (", "cannot be loaded"),
        (BREAK.replace("take_break", "queue"), "two commands 'queue'"),
        (BREAK.replace('("break",)', '("Undo",)'), "'take_break' and 'undo' are both written 'undo'"),
        (BREAK.replace('("break",)', '("facts",)'), "both written 'facts'"),
        (
            BREAK.replace('"en": {"rest"', '"xx": {"rest"'),
            "'command_take_break' of a command has no 'en' form",
        ),
    ],
    ids=["nothing", "no command", "import", "syntax", "name taken", "word taken", "wish taken", "no English"],
)
def test_a_file_that_is_no_command_is_named(folder: Path, text: str, why: str) -> None:
    (folder / "take_break.py").write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError, match=why):
        discover(folder)
