"""Scenarios of an organisation's own: versions, what may be offered, packs, walls, and who plays one that is changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from courage.academy.catalogue import Catalogue
from courage.academy.errors import NoSuchExercise
from courage.academy.own import ChangedMeanwhile, NoPack, OwnScenarios, TooMuch, WithFindings
from courage.academy.scenario import as_yaml
from courage.academy.shelf import Shelf
from courage.i18n.catalogue import Catalogue as Words
from courage.people.organisations import Organisations
from tests.unit.academy.world import SEEDS
from tests.unit.cases.kit import World, make_world

SHIPPED = Catalogue.load(SEEDS)
GARDEN = SHIPPED.scenario("en-test-garden")
MINE = as_yaml(GARDEN.model_copy(update={"id": "en-our-park", "title": "Our park"}))


@dataclass
class Desk:
    """Two organisations and what they write."""

    world: World
    shelf: Shelf
    own: OwnScenarios
    other: int

    def offered(self, text: str = MINE) -> int:
        number = self.own.save(1, self.world.tom, text).id
        self.own.offer(1, number)
        return number


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    world = make_world(tmp_path)
    shelf = Shelf(SHIPPED, world.sessions)
    other = Organisations(world.sessions).create("Others", "others").id
    return Desk(world, shelf, OwnScenarios(world.sessions, shelf), other)


@pytest.mark.parametrize("scenario", SHIPPED.scenarios.values(), ids=lambda one: one.id)
def test_a_scenario_written_out_is_the_same_scenario(scenario: object) -> None:
    from courage.academy.catalogue import read_text

    assert read_text(as_yaml(scenario)) == (scenario, [])  # type: ignore[arg-type]


def test_a_draft_is_for_its_writers_until_it_is_offered(desk: Desk) -> None:
    number = desk.own.save(1, desk.world.tom, "id: en-half\ntitle: Half a").id
    found = desk.own.get(1, number)
    assert (found.state, found.title) == ("draft", "Half a")
    with pytest.raises(WithFindings) as refused:
        desk.own.offer(1, number)
    assert any(one.place == "scenes" for one in refused.value.findings)
    assert desk.shelf.of(1) is SHIPPED


def test_what_is_offered_is_the_organisations_alone(desk: Desk) -> None:
    number = desk.offered()
    assert desk.shelf.of(1).scenario("en-our-park").title == "Our park"
    assert "en-our-park" in [one.id for one in desk.shelf.of(1).choose("scenarios", language="en")]
    assert "en-our-park" not in desk.shelf.of(desk.other).scenarios
    with pytest.raises(NoSuchExercise):
        desk.own.get(desk.other, number)
    # The same id is free for everybody else.
    theirs = desk.own.save(desk.other, desk.world.tom, MINE.replace("Our park", "Their park")).id
    desk.own.offer(desk.other, theirs)
    assert desk.shelf.of(desk.other).scenario("en-our-park").title == "Their park"
    assert desk.shelf.of(1).scenario("en-our-park").title == "Our park"


def test_what_is_offered_changes_only_when_it_is_offered_again(desk: Desk) -> None:
    number = desk.offered()
    desk.own.save(1, desk.world.tom, MINE.replace("Our park", "A better park"), number=number)
    assert desk.own.get(1, number).state == "changed"
    assert desk.shelf.of(1).scenario("en-our-park").title == "Our park"
    desk.own.offer(1, number)
    assert desk.shelf.of(1).scenario("en-our-park").title == "A better park"


def test_an_earlier_version_comes_back_and_nothing_is_lost(desk: Desk) -> None:
    number = desk.own.save(1, desk.world.tom, "id: en-one").id
    desk.own.save(1, desk.world.tom, "id: en-two", number=number)
    desk.own.save(1, desk.world.tom, "id: en-two", number=number)  # the same again is no version
    desk.own.bring_back(1, desk.world.tom, number, 1)
    found = desk.own.get(1, number)
    assert (found.text, found.revision) == ("id: en-one\n", 3)
    assert desk.own.version(1, number, 2) == "id: en-two\n"
    with pytest.raises(NoSuchExercise):
        desk.own.bring_back(1, desk.world.tom, number, 9)


def test_two_writers_do_not_overwrite_each_other(desk: Desk) -> None:
    number = desk.own.save(1, desk.world.tom, "id: en-one").id
    desk.own.save(1, desk.world.tom, "id: en-two", number=number, revision=1)
    with pytest.raises(ChangedMeanwhile):
        desk.own.save(1, desk.world.tom, "id: en-three", number=number, revision=1)
    assert desk.own.get(1, number).text == "id: en-two\n"


def test_who_plays_one_that_is_put_away_goes_on(desk: Desk) -> None:
    number = desk.offered()
    desk.own.retire(1, number, retired=True)
    there = desk.shelf.of(1)
    assert there.scenario("en-our-park").title == "Our park"
    assert "en-our-park" not in [one.id for one in there.choose("scenarios")]
    desk.own.retire(1, number, retired=False)
    assert "en-our-park" in [one.id for one in desk.shelf.of(1).choose("scenarios")]


def test_ids_are_neither_taken_nor_changed(desk: Desk) -> None:
    number = desk.offered()
    second = desk.own.save(1, desk.world.tom, MINE.replace("Our park", "Another")).id
    shipped = desk.own.save(1, desk.world.tom, as_yaml(GARDEN)).id
    for one in (second, shipped):
        with pytest.raises(WithFindings) as refused:
            desk.own.offer(1, one)
        assert [found.code for found in refused.value.findings] == ["id_taken"]
    desk.own.save(1, desk.world.tom, MINE.replace("en-our-park", "en-renamed"), number=number)
    with pytest.raises(WithFindings) as refused:
        desk.own.offer(1, number)
    assert [found.code for found in refused.value.findings] == ["id_stays"]


def test_another_engine_sees_it_at_once(desk: Desk) -> None:
    elsewhere = Shelf(SHIPPED, desk.world.sessions)
    number = desk.offered()
    assert "en-our-park" in elsewhere.of(1).scenarios
    desk.own.save(1, desk.world.tom, MINE.replace("Our park", "A better park"), number=number)
    desk.own.offer(1, number)
    assert elsewhere.of(1).scenario("en-our-park").title == "A better park"


def test_a_pack_goes_to_another_organisation_whole_or_not_at_all(desk: Desk) -> None:
    with pytest.raises(NoPack):
        desk.own.export(1)
    desk.offered()
    hidden = desk.offered(MINE.replace("en-our-park", "en-put-away"))
    desk.own.retire(1, hidden, retired=True)
    pack = desk.own.export(1)
    assert "en-put-away" not in pack
    assert desk.own.take(desk.other, desk.world.tom, pack) == (1, 0)
    assert desk.own.take(desk.other, desk.world.tom, pack) == (0, 1)  # the same again changes nothing
    (draft,) = desk.own.list(desk.other)
    assert (draft.state, draft.text) == ("draft", MINE)
    desk.own.offer(desk.other, draft.id)

    broken = json.loads(pack)
    broken["scenarios"] = [
        MINE.replace("en-our-park", "en-fine"),
        "id: en-half",
        MINE.replace("Our park", "Taken"),
    ]
    with pytest.raises(WithFindings) as refused:
        desk.own.take(desk.other, desk.world.tom, json.dumps(broken))
    places = {one.place.split(":")[0] for one in refused.value.findings}
    assert places == {"2", "3 (en-our-park)"}
    assert len(desk.own.list(desk.other)) == 1


@pytest.mark.parametrize(
    "pack",
    ["", "{", "[]", '{"format": "courage-pack-1", "scenarios": ["x"]}', '{"format": "courage-scenarios-1"}',
     '{"format": "courage-scenarios-1", "scenarios": []}', '{"format": "courage-scenarios-1", "scenarios": [1]}',
     "[" * 100_000],
)  # fmt: skip
def test_what_is_no_pack_is_said_so(desk: Desk, pack: str) -> None:
    with pytest.raises(NoPack):
        desk.own.take(1, desk.world.tom, pack)
    assert desk.own.list(1) == []


def test_a_text_has_an_end(desk: Desk) -> None:
    with pytest.raises(TooMuch):
        desk.own.save(1, desk.world.tom, "x" * 100_001)


@pytest.mark.parametrize("language", ["de", "fr", "ar"])
def test_what_is_wrong_is_said_in_the_readers_language(desk: Desk, language: str) -> None:
    """Everything that a form, a check or a wrong pack may find has a sentence; only the library's own lines stay English."""
    words = Words()
    texts = [
        "a: [", "- 1", "id: en-x\nlanguage: xx\nlevel: 9\ntitle: ''\nminutes: many\nlearn: no\nwhat: 1",
        MINE.replace("to: softer", "to: nowhere"), MINE.replace("from: dave", "from: nobody"),
        MINE.replace("harmful: true", "harmful: 'yes'"), MINE.replace("language: en", "language: de"),
        MINE.replace("harmful: true", "harmful: false"),
    ]  # fmt: skip
    said = [(one, one.said(words, language)) for text in texts for one in desk.own.check(1, text)[1]]
    assert len(said) > 12
    for finding, sentence in said:
        assert words.knows(f"finding.{finding.code}"), finding
        assert sentence != finding.said(words, "en"), finding


def _chain(scenes: int) -> str:
    """Return a scenario that goes on and on."""
    way = "{messages: [{from: a, text: x}], branches: [{if: {insults: true}, to: %s, because: x}], otherwise: {to: %s, because: x}}"
    head = (
        "id: en-x\nlanguage: en\ntitle: t\nlevel: 1\ngroups: [women]\nminutes: 1\nsetting: s\nlearn: [a]\n"
        "cast: {a: {name: A, part: attacker}}\nstart: s0\nscenes:\n"
    )
    ways = [f"  s{number}: {way % ((f's{number + 1}',) * 2)}" for number in range(scenes)]
    return "\n".join(
        [
            head.rstrip("\n"),
            *ways,
            f"  s{scenes}: {{messages: [{{from: a, text: x}}], end: {{outcome: good, text: x}}}}",
        ]
    )


@pytest.mark.parametrize("scenes", [99, 1100])
def test_a_text_without_end_is_refused_and_stops_nobody(desk: Desk, scenes: int) -> None:
    _, findings = desk.own.check(1, _chain(scenes))
    codes = {one.code for one in findings}
    assert ("too_many_turns" if scenes == 99 else "too_long") in codes


@pytest.mark.parametrize(
    "text", ["\ud800", "a: \x07", "\tid: x", "- " * 5000, "{" * 50_000, "a: &a [*a]", "a: " + "9" * 5000, "null"]
)  # fmt: skip
def test_whatever_is_pasted_is_a_finding_and_no_failure(desk: Desk, text: str) -> None:
    scenario, findings = desk.own.check(1, text)
    assert scenario is None
    assert findings
    with pytest.raises(WithFindings):
        desk.own.take(1, desk.world.tom, json.dumps({"format": "courage-scenarios-1", "scenarios": [text]}))


def test_a_mark_at_the_beginning_of_a_pasted_file_is_no_letter(desk: Desk) -> None:
    assert desk.own.check(1, "\ufeff" + MINE)[1] == []
