"""A volunteer's way through a case, against the real casework on SQLite."""

from __future__ import annotations

import logging

import pytest

from tests.unit.actions.chat import Chat
from tests.unit.cases.kit import World, _person

TEXT = "they are vermin"


async def test_from_the_queue_to_a_posted_reply(world: World) -> None:
    case = await world.case(TEXT)
    ann = Chat(world, world.ann)

    queue = await ann.do("action_queue")
    assert f"claim {case}" in queue.payloads
    assert "vermin" not in queue.text

    claimed = await ann.do("action_claim", case=case)
    assert "vermin" not in claimed.text
    assert "Response number 1." in claimed.text
    assert {"use 1", "use 2", "use 3", "more", f"show {case}"} <= set(claimed.payloads)

    shown = await ann.do("action_show_message")
    assert f"> {TEXT}" in shown.text

    draft = await ann.do("action_use_suggestion", number=2)
    assert "Response number 2." in draft.text
    assert f"post {case} v1" in draft.payloads
    await world.dispatcher.drain()
    assert not world.channel.replies

    posted = await ann.do("action_post")
    assert "on its way to Garden talk" in posted.text
    await world.dispatcher.drain()
    assert [reply[1] for reply in world.channel.replies.values()] == ["Response number 2."]


async def test_an_edited_text_is_posted_word_by_word(world: World) -> None:
    case = await world.case()
    ann = Chat(world, world.ann)
    await ann.do("action_claim", case=case)
    text = "post 12 v3 {braces} /claim\n\nsecond line 👩‍👩‍👧"
    draft = await ann.do("action_edit", text=f" {text}")
    assert text in draft.text
    await ann.do("action_post", case=case, version=1)
    await world.dispatcher.drain()
    assert [reply[1] for reply in world.channel.replies.values()] == [text]


async def test_plain_post_shows_the_draft_first_when_this_conversation_has_not(world: World) -> None:
    case = await world.case()
    ann = Chat(world, world.ann)
    await ann.do("action_claim", case=case)
    nothing = await ann.do("action_post")
    assert "no draft" in nothing.text
    world.casework.choose(case, world.ann, 1)  # at the desk page
    answer = await ann.do("action_post")
    assert "Response number 1." in answer.text
    assert answer.payloads[0] == f"post {case} v1"
    await world.dispatcher.drain()
    assert not world.channel.replies
    await ann.do("action_post")
    await world.dispatcher.drain()
    assert len(world.channel.replies) == 1


async def test_a_draft_that_changed_meanwhile_is_not_posted(world: World) -> None:
    case = await world.case()
    ann = Chat(world, world.ann)
    await ann.do("action_claim", case=case)
    await ann.do("action_use_suggestion", number=1)
    world.casework.edit(case, world.ann, "Changed at the desk page.")
    answer = await ann.do("action_post")
    assert "Changed at the desk page." in answer.text
    assert f"post {case} v2" in answer.payloads
    await world.dispatcher.drain()
    assert not world.channel.replies


@pytest.mark.parametrize(
    ("action", "intent"),
    [("action_post", "post"), ("action_affirm", "affirm"), ("action_not_hate", ""), ("action_escalate", "")],
)
async def test_a_sentence_never_does_what_counts(world: World, action: str, intent: str) -> None:
    case = await world.case()
    ann = Chat(world, world.ann)
    await ann.do("action_claim", case=case)
    await ann.do("action_use_suggestion", number=1)
    answer = await ann.do(action, intent, exact=False)
    assert answer.payloads
    assert world.casework.view(case).status == "claimed"
    await world.dispatcher.drain()
    assert not world.channel.replies


async def test_two_people_claim_and_the_second_is_told_who_was_first(world: World) -> None:
    case = await world.case()
    await Chat(world, world.bob).do("action_claim", case=case)
    answer = await Chat(world, world.ann).do("action_claim", case=case)
    assert "Bob" in answer.text
    assert "queue" in answer.payloads


async def test_next_takes_a_case_that_is_free(world: World) -> None:
    assert "No case" in (await Chat(world, world.ann).do("action_next_case")).text
    taken, free = await world.case(TEXT, "$1"), await world.case("vermin everywhere", "$2")
    world.casework.claim(taken, world.bob)
    answer = await Chat(world, world.ann).do("action_next_case")
    assert f"Case {free}" in answer.text


async def test_threats_get_no_suggestions(world: World) -> None:
    case = await world.case("we will kill them")
    ann = Chat(world, world.ann)
    assert "escalation lane" in (await ann.do("action_queue")).text
    for action in ("action_claim", "action_suggest"):
        answer = await ann.do(action, case=case)
        assert "Response number" not in answer.text
        assert not [payload for payload in answer.payloads if payload.startswith(("suggest", "use", "post"))]


async def test_others_are_others(world: World) -> None:
    case = await world.case()
    ann = Chat(world, world.ann)
    await ann.do("action_claim", case=case)
    more = await ann.do("action_more")
    assert "Response number 4." in more.text
    assert "Response number 1." not in more.text
    nothing = await ann.do("action_more")
    assert "nothing else" in nothing.text


async def test_not_hate_and_undo(world: World) -> None:
    case = await world.case()
    ann = Chat(world, world.ann)
    answer = await ann.do("action_not_hate", case=case)
    assert f"undo {case}" in answer.payloads
    assert world.casework.view(case).status == "dismissed"
    assert "open" in (await ann.do("action_undo")).text
    assert world.casework.view(case).status == "open"


async def test_escalate_release_and_close(world: World) -> None:
    first, second = await world.case(TEXT, "$1"), await world.case("vermin all of them", "$2")
    mia = Chat(world, world.mia)
    await mia.do("action_claim", case=first)
    await mia.do("action_release")
    assert world.casework.view(first).status == "open"
    await mia.do("action_escalate", case=second)
    assert world.casework.view(second).status == "escalated"
    await mia.do("action_close_case", case=second)
    assert world.casework.view(second).status == "closed"


async def test_errors_are_said_in_one_line(world: World) -> None:
    ann = Chat(world, world.ann)
    assert (await ann.do("action_claim", case=999)).text == "There is no case 999."
    assert (await ann.do("action_use_suggestion", number=1)).payloads == ["queue"]


async def test_an_unexpected_error_is_a_plain_apology_and_leaves_no_text_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await world.case()
    ann = Chat(world, world.ann)

    def broken(*_: object) -> None:
        raise RuntimeError("vermin vermin")

    monkeypatch.setattr(world.casework, "claim", broken)
    with caplog.at_level(logging.DEBUG):
        answer = await ann.do("action_claim", case=case)
    assert answer.text.startswith("Sorry")
    assert "vermin" not in caplog.text
    assert ann.services.failures == 1


async def test_a_volunteers_report_teaches_screening_and_a_members_does_not(world: World) -> None:
    member, ann = Chat(world, None, room_kind="direct"), Chat(world, world.ann)
    mild = "they are like you know what"
    await member.do("action_report", text=mild)
    assert world.decisions.list() == []
    await ann.do("action_report", text=mild)
    (decision,) = world.decisions.list()
    assert (decision.decision, decision.people) == ("missed", ("Ann",))
    assert (await world.intake.receive(world.message(mild, "$7"))).created


async def test_members_may_ask_and_report_and_nothing_else(world: World) -> None:
    case = await world.case()
    member = Chat(world, None, room_kind="direct")
    assert "program" in (await member.do("action_bot_challenge")).text
    assert "report:" in (await member.do("action_report")).text
    before = len(world.casework.queue())
    assert "Volunteers will look" in (await member.do("action_report", text="look at this")).text
    assert len(world.casework.queue()) == before + 1
    for action in (
        "action_queue",
        "action_claim",
        "action_show_message",
        "action_suggest_for_text",
        "action_post",
    ):
        answer = await member.do(action, case=case, quote="x", text="x")
        assert "vermin" not in answer.text
        assert "volunteers" in answer.text
    assert world.casework.view(case).status == "open"


async def test_trainers_may_try_the_library_but_not_work_on_cases(world: World) -> None:
    case = await world.case()
    tom = Chat(world, world.tom, room_kind="direct")
    assert "trainer" in (await tom.do("action_claim", case=case)).text
    answer = await tom.do("action_suggest_for_text", quote="they are vermin")
    assert "Response number 1." in answer.text
    escalated = await tom.do("action_suggest_for_text", quote="kill them")
    assert "Response number" not in escalated.text
    assert len(world.casework.queue()) == 1


@pytest.mark.parametrize("stranger", ["unknown", "inactive", "other organisation"])
async def test_only_active_people_of_the_organisation_are_known(world: World, stranger: str) -> None:
    await world.case()
    person, organisation = world.ann, 1
    if stranger == "unknown":
        person = 4711
    elif stranger == "inactive":
        world.people.deactivate(person)
    else:
        organisation = 2
    answer = await Chat(world, person, organisation_id=organisation).do("action_queue")
    assert "do not know your account" in answer.text


async def test_nothing_is_ever_said_in_a_group_room(world: World) -> None:
    person = _person(world.people, "Ann", "volunteer")
    chat = Chat(world, person, room_kind="group")
    for name in chat.executor.actions:
        assert (await chat.do(name)).texts == []


async def test_words_follow_the_language_of_the_conversation(world: World) -> None:
    english = await Chat(world, None, room_kind="direct").do("action_thanks")
    unknown = await Chat(world, None, room_kind="direct", language="xx").do("action_thanks")
    assert english.text == unknown.text
    for language in world_languages():
        other = await Chat(world, None, room_kind="direct", language=language).do("action_thanks")
        assert other.text != english.text


def world_languages() -> list[str]:
    from courage.i18n.catalogue import default_catalogue

    return [language for language in default_catalogue().languages if language != "en"]
