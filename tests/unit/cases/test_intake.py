from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from courage.cases.errors import CaseError
from courage.cases.inbound import InboundMessage
from courage.cases.learnt import Learnt
from courage.cases.narratives import Narratives
from courage.cases.outbox import Dispatcher, OutboxSettings
from courage.cases.ports import Card
from courage.cases.reasons import CaseReason
from courage.cases.retention import purge
from courage.cases.wording import reasons_line
from courage.db.engine import writing
from courage.db.scope import scope_to_every
from courage.i18n.catalogue import Voice, default_catalogue, default_voice
from courage.insights.shadow import RoomShadow, Shadows, Would
from courage.people.erasing import erase_organisation
from courage.people.errors import RoomError
from tests.unit.cases.kit import KEY, T0, World, make_world, screen


async def test_benign_messages_leave_nothing_but_a_count(world: World, tmp_path: Path) -> None:
    receipt = await world.intake.receive(world.message("what lovely tomatoes"))
    assert receipt.case_id is None
    await world.intake.close()
    assert world.intake.counters.totals() == {"screened": 1, "benign": 1}
    for file in tmp_path.iterdir():
        assert b"tomatoes" not in file.read_bytes()
        assert b"@eve:x" not in file.read_bytes()


async def test_narratives_open_cases_where_the_sensitivity_says_so(world: World) -> None:
    said = world.message("we are being replaced and you just watch")
    world.rooms.set_sensitivity("test", "!room", "quiet")
    assert (await world.intake.receive(said)).case_id is None
    world.rooms.set_sensitivity("test", "!room", "balanced")
    receipt = await world.intake.receive(world.message("we are being replaced and you just watch", "$2"))
    assert receipt.case_id is not None
    view = world.casework.view(receipt.case_id)
    assert (view.hateful, view.category, view.severity, view.route) == (False, "narrative", 1, "counter")
    await world.dispatcher.drain()
    (card,) = world.channel.cards.values()
    assert (card.category, card.lane) == ("narrative", "counter")
    assert CaseReason("category", ("narrative",)) in card.reasons
    totals = world.intake.counters.totals()
    assert (totals["benign"], totals["narrative"], totals.get("flagged", 0)) == (1, 1, 0)


async def test_a_card_says_which_narrative_of_the_library_the_message_repeats(world: World) -> None:
    case_id = await world.case("we are being replaced and you just watch")
    await world.case("flats: we are being replaced", "$2")
    await world.dispatcher.drain()
    card, other = world.channel.cards.values()
    assert CaseReason("narrative", text="they are replacing us") in card.reasons
    assert "narrative" not in {reason.code for reason in other.reasons}  # none of the library is near
    voice = Voice(default_catalogue(), "de")
    assert reasons_line(card.reasons, voice).startswith(
        "Narrativ; wiederholt „they are replacing us“; gegen "
    )
    (said,) = [reason for reason in world.casework.explain(case_id, world.ann) if reason.kind == "narrative"]
    assert said.in_words(voice) == "wiederholt ein Narrativ der Bibliothek: „they are replacing us“"
    assert said.text == "repeats a narrative of the library: “they are replacing us”"
    world.clock.pass_(days=31)
    purge(world.sessions, world.clock())
    assert "narrative" not in {reason.code for reason in world.casework.view(case_id).reasons}


async def test_a_verdict_stands_where_no_narrative_can_be_looked_up(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(text: str, language: str, organisation_id: int) -> str | None:
        raise OSError(text)

    verdict = await screen("we are being replaced", "balanced")
    assert await Learnt(world.sessions, KEY, Narratives(broken)).apply(verdict, 1) == verdict
    assert "OSError" in caplog.text
    assert "replaced" not in caplog.text
    asked: list[int] = []
    names = Narratives(lambda text, language, organisation: asked.append(organisation), lambda _: 7)
    await names.name(await screen("they are vermin", "balanced"), 3)  # hate is no narrative
    await names.name(verdict, 3)
    assert asked == [7]  # practice is spoken for by the library that it practises with


@pytest.mark.parametrize(
    ("sensitivity", "chosen", "opens"),
    [("quiet", True, True), ("balanced", False, False), ("quiet", None, False), ("watchful", None, True)],
)
async def test_a_room_itself_may_say_whether_narratives_open_cases(
    world: World, sensitivity: str, chosen: bool | None, opens: bool
) -> None:
    world.rooms.set_sensitivity("test", "!room", sensitivity)
    world.rooms.set_narratives("test", "!room", chosen)
    receipt = await world.intake.receive(world.message("we are being replaced and you just watch"))
    assert (receipt.case_id is not None) == opens
    flagged = await world.intake.receive(world.message("they are vermin", "$2"))
    assert flagged.case_id is not None


async def test_messages_in_languages_that_are_not_read_are_counted(world: World) -> None:
    receipt = await world.intake.receive(world.message("Sibê ez diçim bazarê"))
    assert receipt.case_id is None
    assert world.intake.counters.totals() == {"screened": 1, "unread": 1}


async def test_what_each_sensitivity_would_have_flagged_is_counted_and_nothing_else_kept(
    world: World, tmp_path: Path
) -> None:
    words = (
        "what lovely xyzzy tomatoes",
        "these xyzzy people",
        "they are xyzzy vermin",
        "we are replaced, xyzzy",
    )
    for number, said in enumerate(words):
        await world.intake.receive(world.message(said, f"${number}", room_id="!other", author="@xyzzy:x"))
    again = world.message(words[1], "$1", room_id="!other", author="@xyzzy:x")
    await world.intake.receive(again)  # delivered twice, counted once
    await world.intake.close()
    found = Shadows(world.sessions, clock=world.clock).of_rooms(1)
    assert found[("test", "!other")] == RoomShadow(
        4, 0, 0, 0, {"quiet": Would(0, 0, 1), "balanced": Would(1, 0, 1), "watchful": Would(2, 0, 1)}
    )
    with world.sessions() as session:
        assert "xyzzy" not in str(session.execute(text("SELECT * FROM counters")).all())


async def test_shadow_counts_go_in_time_and_with_their_organisation(world: World) -> None:
    await world.intake.receive(world.message("they are vermin"))
    await world.intake.close()
    shadows = Shadows(world.sessions, clock=world.clock)
    world.clock.pass_(days=89)
    purge(world.sessions, world.clock())
    assert shadows.of_rooms(1, days=90)["test", "!room"].would["balanced"].flagged == 1
    world.clock.pass_(days=1)
    purge(world.sessions, world.clock())
    left = shadows.of_rooms(1, days=91)["test", "!room"]
    assert (left.messages, left.would["balanced"].flagged) == (1, 0)
    with writing(world.sessions) as session:
        scope_to_every(session, "a test erases one")
        erase_organisation(session, 1)
    assert shadows.of_rooms(1, days=91) == {}


async def test_the_same_message_opens_one_case_however_often_it_comes(world: World) -> None:
    first = await world.intake.receive(world.message("they are vermin"))
    again = await world.intake.receive(world.message("they are vermin"))
    assert first.created
    assert not again.created
    assert first.case_id == again.case_id
    await world.dispatcher.drain()
    assert len(world.channel.cards) == 1


async def test_deliveries_at_the_same_moment_open_one_case(world: World) -> None:
    receipts = await asyncio.gather(
        *(world.intake.receive(world.message("they are vermin")) for _ in range(8))
    )
    assert len({receipt.case_id for receipt in receipts}) == 1
    assert sum(receipt.created for receipt in receipts) == 1
    assert len(world.casework.queue()) == 1


async def test_repeats_by_the_same_author_are_counted_on_one_case(world: World) -> None:
    case_id = await world.case()
    assert await world.case("They  are VERMIN", "$2") == case_id
    assert world.casework.view(case_id).repeats == 2
    assert await world.case("they are vermin", "$3", author="@other:x") != case_id


async def test_a_card_never_quotes_the_message_in_its_reasons(world: World) -> None:
    await world.case("they are vermin and we all know")
    await world.dispatcher.drain()
    (card,) = world.channel.cards.values()
    assert "vermin" not in repr(card.reasons)
    assert CaseReason("targets", ("migrants",)) in card.reasons
    assert "against migrants" in reasons_line(card.reasons, default_voice())
    assert card.room_name == "Garden talk"
    assert [button.payload for button in card.buttons] == ["claim 1", "show 1", "not hate 1", "escalate 1"]


async def test_threats_go_to_the_escalation_lane(world: World) -> None:
    case_id = await world.case("i will kill them")
    view = world.casework.view(case_id)
    assert (view.status, view.lane) == ("escalated", "escalate")


async def test_an_edit_that_makes_a_message_hateful_opens_a_case(world: World) -> None:
    await world.intake.receive(world.message("they are lovely"))
    world.clock.pass_(seconds=5)
    receipt = await world.intake.receive(world.message("they are vermin", edited=True))
    assert receipt.created


async def test_an_edit_that_takes_hate_out_withdraws_the_case_and_forgets_the_text(world: World) -> None:
    case_id = await world.case()
    world.clock.pass_(seconds=5)
    await world.intake.edited(world.message("they are people"))
    view = world.casework.view(case_id)
    assert (view.status, view.text_kept) == ("withdrawn", False)
    world.clock.pass_(seconds=5)
    await world.intake.edited(world.message("they are vermin, all of them"))
    assert world.casework.view(case_id).status == "open"


async def test_an_older_or_foreign_edit_changes_nothing(world: World) -> None:
    case_id = await world.case()
    await world.intake.edited(world.message("fine", sent_at=T0 - timedelta(minutes=1)))
    world.clock.pass_(seconds=5)
    await world.intake.edited(world.message("fine", author="@mallory:x"))
    assert world.casework.view(case_id).status == "open"


async def test_an_edit_to_a_threat_moves_a_claimed_case_to_the_escalation_lane(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    world.clock.pass_(seconds=5)
    await world.intake.edited(world.message("i will kill them"))
    view = world.casework.view(case_id)
    assert (view.status, view.holder) == ("escalated", None)


async def test_after_an_edit_of_little_the_card_shows_what_is_said_now(world: World) -> None:
    await world.case("they are vermin")
    await world.dispatcher.drain()
    world.clock.pass_(seconds=5)
    await world.intake.edited(world.message("they are vermin!"))
    await world.dispatcher.drain()
    assert [(card.status, card.text) for card in world.channel.updates] == [("open", "they are vermin!")]
    assert len(world.channel.cards) == 1


async def test_a_removed_message_withdraws_its_case(world: World, tmp_path: Path) -> None:
    case_id = await world.case()
    await world.dispatcher.drain()
    await world.intake.redacted(1, "test", "!room", "$1")
    await world.intake.redacted(1, "test", "!room", "$1")
    await world.dispatcher.drain()
    view = world.casework.view(case_id)
    assert (view.status, view.text_kept) == ("withdrawn", False)
    assert world.channel.updates[-1].status == "withdrawn"
    assert world.channel.updates[-1].text is None


async def test_removing_one_repeat_leaves_the_case_on_the_other(world: World) -> None:
    case_id = await world.case()
    await world.case("they are vermin", "$2")
    await world.intake.redacted(1, "test", "!room", "$1")
    view = world.casework.view(case_id)
    assert (view.status, view.repeats, view.message_id) == ("open", 1, "$2")
    await world.intake.redacted(1, "test", "!room", "$2")
    assert world.casework.view(case_id).status == "withdrawn"


async def test_a_report_opens_a_case_whatever_screening_says(world: World) -> None:
    message = world.message("you know what those people are like")
    receipt = await world.intake.reported(message, "@friend:x")
    again = await world.intake.reported(message, "@friend:x")
    other = await world.intake.reported(message, "@other:x")
    assert receipt.created
    assert receipt.case_id == again.case_id == other.case_id
    view = world.casework.view(receipt.case_id or 0)
    assert view.reported == 2
    assert reasons_line(view.reasons, default_voice()) == "reported by 2 members; screening saw no hate"


async def test_a_reported_message_that_screening_let_pass_gets_suggestions(world: World) -> None:
    receipt = await world.intake.reported(world.message("you know what those people are like"), "@friend:x")
    case_id = receipt.case_id or 0
    world.casework.claim(case_id, world.ann)
    assert len(world.casework.suggest(case_id, world.ann).suggestions) == 3


async def test_a_flood_gets_some_cards_and_one_summary(tmp_path: Path) -> None:
    world = make_world(tmp_path, cards_per_minute=3)
    for n in range(10):
        await world.case(f"they are vermin {n}", f"${n}", author=f"@a{n}:x")
    await world.case("i will kill them", "$threat")
    world.clock.pass_(minutes=1)
    await world.dispatcher.drain()
    cards = list(world.channel.cards.values())
    assert sum(card.lane == "counter" for card in cards) == 3
    assert sum(card.lane == "escalate" for card in cards) == 1
    (summary,) = [card for card in cards if card.lane == "summary"]
    assert reasons_line(summary.reasons, default_voice()).startswith("7 more cases")
    assert len(world.casework.queue()) == 11


async def test_one_desk_channel_can_get_all_cards(tmp_path: Path) -> None:
    world = make_world(tmp_path, desk_channel="elsewhere")
    await world.case()
    await world.dispatcher.drain()
    assert not world.channel.cards
    elsewhere = type(world.channel)("elsewhere")
    await Dispatcher(world.sessions, {"elsewhere": elsewhere}, OutboxSettings(), clock=world.clock).drain()
    assert len(elsewhere.cards) == 1


async def test_a_room_is_screened_as_watchfully_as_its_moderators_want(world: World) -> None:
    heard: list[str] = []
    real = world.intake._screen

    async def listen(text: str, sensitivity: str) -> object:
        heard.append(sensitivity)
        return await real(text, sensitivity)

    world.intake._screen = listen  # type: ignore[assignment]
    await world.intake.receive(world.message("hello"))
    world.rooms.set_sensitivity("test", "!room", "watchful")
    await world.intake.receive(world.message("hello", "$2"))
    assert heard == ["balanced", "watchful"]
    with pytest.raises(RoomError, match="quiet, balanced, watchful"):
        world.rooms.set_sensitivity("test", "!room", "paranoid")


async def test_an_error_of_screening_reaches_the_gateway(world: World) -> None:
    async def broken(text: str, sensitivity: str) -> object:
        raise RuntimeError("no model")

    world.intake._screen = broken  # type: ignore[assignment]
    with pytest.raises(RuntimeError):
        await world.intake.receive(world.message("they are vermin"))
    assert world.casework.queue() == []


@pytest.mark.parametrize("field", ["channel", "room_id", "message_id", "author"])
async def test_messages_with_impossible_ids_are_refused(world: World, field: str) -> None:
    values = {"channel": "test", "room_id": "!room", "message_id": "$1", "author": "@eve:x", field: "x" * 300}
    message = InboundMessage(1, text="they are vermin", sent_at=T0, **values)
    with pytest.raises(CaseError, match=field):
        await world.intake.receive(message)


async def test_odd_characters_do_not_stop_a_message(world: World) -> None:
    assert await world.case("they are vermin \0 \ud800 \u202e")


async def test_authors_are_kept_as_pseudonyms_only(world: World, tmp_path: Path) -> None:
    await world.case()
    with world.sessions() as session:
        (author,) = session.execute(text("SELECT author FROM cases")).one()
    assert "eve" not in author
    assert len(author) == 32


async def test_a_withdrawn_case_that_comes_back_gets_a_second_card(world: World) -> None:
    case_id = await world.case()
    await world.dispatcher.drain()
    world.clock.pass_(seconds=1)
    await world.intake.edited(world.message("fine"))
    await world.dispatcher.drain()
    assert world.channel.updates[-1].text is None
    world.clock.pass_(seconds=1)
    await world.intake.edited(world.message("they are vermin again"))
    await world.dispatcher.drain()
    first, second = world.channel.cards.values()
    assert (first.case_id, second.case_id) == (case_id, case_id)
    assert (second.status, second.text) == ("open", "they are vermin again")
    world.casework.claim(case_id, world.ann)
    await world.dispatcher.drain()
    assert world.channel.updates[-1].holder == "Ann"


async def test_editing_back_and_forth_does_not_flood_the_desk(world: World) -> None:
    await world.case()
    for number in range(5):
        await world.dispatcher.drain()
        world.clock.pass_(seconds=1)
        await world.intake.edited(world.message("fine"))
        await world.dispatcher.drain()
        world.clock.pass_(seconds=1)
        await world.intake.edited(world.message(f"they are vermin {number}"))
    await world.dispatcher.drain()
    assert len(world.channel.cards) == 2
    assert world.channel.updates[-1].text == "they are vermin 4"
    world.clock.pass_(minutes=61)
    await world.intake.edited(world.message("fine"))
    world.clock.pass_(seconds=1)
    await world.intake.edited(world.message("they are vermin after all"))
    await world.dispatcher.drain()
    assert len(world.channel.cards) == 3


async def test_a_case_that_comes_back_before_its_card_was_sent_has_one_card(world: World) -> None:
    await world.case()
    for words in ("fine", "they are vermin 1", "fine", "they are vermin 2"):
        world.clock.pass_(seconds=1)
        await world.intake.edited(world.message(words))
    await world.dispatcher.drain()
    assert [card.text for card in world.channel.cards.values()] == ["they are vermin 2"]


async def test_a_message_removed_while_its_card_is_sent_leaves_no_text_there(world: World) -> None:
    await world.case()
    send = world.channel.send_card

    async def removed_meanwhile(card: Card, key: str) -> str:
        await world.intake.redacted(1, "test", "!room", "$1")
        return await send(card, key)

    world.channel.send_card = removed_meanwhile  # type: ignore[method-assign]
    await world.dispatcher.drain()
    assert [(card.status, card.text) for card in world.channel.updates] == [("withdrawn", None)]


async def test_a_number_that_was_confirmed_once_never_means_another_text(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    world.casework.confirm_post(case_id, world.ann, world.casework.edit(case_id, world.ann, "Old.").version)
    world.clock.pass_(seconds=1)
    await world.intake.edited(world.message("fine"))
    world.clock.pass_(seconds=1)
    await world.intake.edited(world.message("they are vermin again"))
    world.casework.claim(case_id, world.ann)
    draft = world.casework.edit(case_id, world.ann, "New.")
    assert draft.version == 2
    world.casework.confirm_post(case_id, world.ann, draft.version)
    await world.dispatcher.drain()
    assert [text for _, text, _ in world.channel.replies.values()] == ["New."]
