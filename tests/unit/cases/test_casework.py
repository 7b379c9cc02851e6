from __future__ import annotations

import threading

import pytest

from courage.cases.errors import (
    AlreadyClaimed,
    CaseError,
    CaseNotFound,
    DraftChanged,
    NotAllowed,
    NotPossible,
    NotYourCase,
    ReplyRefused,
)
from courage.db.engine import writing
from courage.db.models.delivery import Case, CaseEvent, Organisation
from courage.people.errors import PersonError
from tests.unit.cases.kit import Offer, Wish, World


async def test_only_one_of_two_people_gets_a_case(world: World) -> None:
    case_id = await world.case()
    assert world.casework.claim(case_id, world.ann).holder == "Ann"
    with pytest.raises(AlreadyClaimed, match="Ann is already on case 1") as caught:
        world.casework.claim(case_id, world.bob)
    assert caught.value.holder == "Ann"
    assert world.casework.current_case(world.ann) == case_id
    assert world.casework.current_case(world.bob) is None


async def test_a_crowd_claiming_at_once_has_one_winner(world: World) -> None:
    case_id = await world.case()
    people = [world.people.add(f"Person {n}", "volunteer").id for n in range(6)]
    start, results = threading.Barrier(len(people)), []

    def claim(person_id: int) -> None:
        start.wait()
        try:
            world.casework.claim(case_id, person_id)
            results.append("won")
        except AlreadyClaimed:
            results.append("lost")

    threads = [threading.Thread(target=claim, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["lost"] * 5 + ["won"]


async def test_the_whole_way_to_a_posted_reply(world: World) -> None:
    case_id = await world.case()
    await world.dispatcher.drain()
    world.casework.claim(case_id, world.ann)
    assert world.casework.show_message(case_id, world.ann) == "they are vermin"
    advice = world.casework.suggest(case_id, world.ann, Wish())  # type: ignore[arg-type]
    assert len(advice.suggestions) == 3
    world.casework.choose(case_id, world.ann, 2)
    draft = world.casework.edit(case_id, world.ann, "Response number 2, said kindly.")
    assert 0 < draft.edited_ratio < 1
    reply = world.casework.confirm_post(case_id, world.ann, draft.version)
    assert reply.state == "pending"
    assert world.casework.view(case_id).status == "claimed"
    await world.dispatcher.drain()
    view = world.casework.view(case_id)
    assert view.status == "replied"
    assert view.reply is not None
    assert view.reply.state == "posted"
    assert world.channel.replies == {"reply:1:2": ("!room", "Response number 2, said kindly.", "$1")}
    assert world.channel.updates[-1].status == "replied"
    assert [event for _, event, _ in world.recommender.heard] == ["shown"] * 3 + [
        "chosen",
        "edited",
        "posted",
    ]
    kinds = [event.kind for event in world.casework.history(case_id, world.bob)]
    assert [k for k in kinds if k != "card_sent"] == [
        "opened",
        "claimed",
        "shown",
        "suggested",
        "chosen",
        "edited",
        "confirmed",
        "posted",
    ]


async def test_asking_for_others_offers_new_ones(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    first = world.casework.suggest(case_id, world.ann, Wish())  # type: ignore[arg-type]
    second = world.casework.suggest(case_id, world.ann, Wish(), others=True)  # type: ignore[arg-type]
    assert not {s.id for s in first.suggestions} & {s.id for s in second.suggestions}
    assert world.casework.choose(case_id, world.ann, 1).text == second.suggestions[0].text


async def test_what_was_confirmed_is_what_is_posted(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    old = world.casework.edit(case_id, world.ann, "One thing.")
    new = world.casework.edit(case_id, world.ann, "Another thing.")
    with pytest.raises(DraftChanged, match="version 2, not 1"):
        world.casework.confirm_post(case_id, world.ann, old.version)
    world.casework.confirm_post(case_id, world.ann, new.version)
    again = world.casework.confirm_post(case_id, world.ann, new.version)
    assert again.state == "pending"
    with pytest.raises(NotPossible, match="on its way"):
        world.casework.edit(case_id, world.ann, "A third thing.")
    await world.dispatcher.drain()
    assert [text for _, text, _ in world.channel.replies.values()] == ["Another thing."]
    assert world.casework.confirm_post(case_id, world.ann, new.version).state == "posted"


async def test_only_the_one_on_the_case_writes_and_posts(world: World) -> None:
    case_id = await world.case()
    with pytest.raises(NotYourCase, match="claim case 1 first"):
        world.casework.edit(case_id, world.ann, "Hello.")
    world.casework.claim(case_id, world.ann)
    draft = world.casework.edit(case_id, world.ann, "Hello.")
    for step in (
        lambda: world.casework.edit(case_id, world.bob, "Hi."),
        lambda: world.casework.confirm_post(case_id, world.bob, draft.version),
        lambda: world.casework.release(case_id, world.bob),
        lambda: world.casework.dismiss(case_id, world.bob),
        lambda: world.casework.escalate(case_id, world.bob),
        lambda: world.casework.suggest(case_id, world.bob, Wish()),  # type: ignore[arg-type]
    ):
        with pytest.raises(AlreadyClaimed, match="Ann"):
            step()
    assert world.casework.release(case_id, world.mia).status == "open"


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
async def test_replies_that_are_empty_or_too_long_are_refused(world: World, text: str) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    with pytest.raises(ReplyRefused, match="1 to 2000"):
        world.casework.edit(case_id, world.ann, text)


async def test_choosing_what_was_not_offered_says_what_was(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    with pytest.raises(ReplyRefused, match="no suggestions yet"):
        world.casework.choose(case_id, world.ann, 1)
    world.casework.suggest(case_id, world.ann, Wish())  # type: ignore[arg-type]
    with pytest.raises(ReplyRefused, match="1, 2, 3; 7 is none"):
        world.casework.choose(case_id, world.ann, 7)


async def test_escalated_cases_get_no_suggestions_and_only_moderators_close_them(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    world.casework.escalate(case_id, world.ann)
    advice = world.casework.suggest(case_id, world.ann, Wish())  # type: ignore[arg-type]
    assert advice.abstained
    assert advice.suggestions == ()
    with pytest.raises(NotPossible, match="escalation lane"):
        world.casework.claim(case_id, world.ann)
    with pytest.raises(NotAllowed, match="moderator"):
        world.casework.close(case_id, world.ann)
    assert world.casework.close(case_id, world.mia).status == "closed"


async def test_not_hate_teaches_detection_and_can_be_undone(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    world.casework.dismiss(case_id, world.ann)
    assert [d.decision for d in world.decisions.list()] == ["not_hate"]
    with pytest.raises(NotPossible, match="somebody else"):
        world.casework.undo(case_id, world.bob)
    view = world.casework.undo(case_id, world.ann)
    assert (view.status, view.holder) == ("claimed", "Ann")
    assert world.decisions.list() == []
    with pytest.raises(NotPossible, match="nothing to undo"):
        world.casework.undo(case_id, world.ann)


@pytest.mark.parametrize(
    ("step", "before"), [("release", "claimed"), ("escalate", "claimed"), ("dismiss", "escalated")]
)
async def test_undo_goes_back_to_where_it_was(world: World, step: str, before: str) -> None:
    case_id = await world.case("i will kill them" if before == "escalated" else "they are vermin")
    if before == "claimed":
        world.casework.claim(case_id, world.ann)
    who = world.mia if before == "escalated" else world.ann
    getattr(world.casework, step)(case_id, who)
    assert world.casework.undo(case_id, who).status == before


async def test_undo_is_too_late_after_a_while_or_after_somebody_else_acted(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    world.casework.release(case_id, world.ann)
    world.casework.claim(case_id, world.bob)
    with pytest.raises(NotPossible, match="nothing to undo"):
        world.casework.undo(case_id, world.ann)
    world.casework.release(case_id, world.bob)
    world.clock.pass_(minutes=11)
    with pytest.raises(NotPossible, match="10 minutes"):
        world.casework.undo(case_id, world.bob)


async def test_a_person_can_say_that_a_dismissed_case_was_hate(world: World) -> None:
    case_id = await world.case()
    world.casework.dismiss(case_id, world.ann)
    assert world.casework.missed(case_id, world.mia).status == "open"
    assert [d.decision for d in world.decisions.list()] == ["missed"]
    with pytest.raises(NotPossible, match="nothing was missed"):
        world.casework.missed(case_id, world.mia)


async def test_claims_run_out_unless_a_reply_is_on_its_way(world: World) -> None:
    left, posting = await world.case(), await world.case("they are vermin too", "$2")
    for case_id in (left, posting):
        world.casework.claim(case_id, world.ann)
    world.casework.confirm_post(posting, world.ann, world.casework.edit(posting, world.ann, "Hello.").version)
    assert world.casework.next_expiry() is not None
    world.clock.pass_(minutes=31)
    assert world.casework.expire_claims() == [left]
    assert world.casework.view(left).status == "open"
    assert world.casework.view(posting).status == "claimed"


async def test_a_claim_that_ran_out_can_be_taken_over(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    world.clock.pass_(minutes=31)
    assert world.casework.claim(case_id, world.bob).holder == "Bob"


async def test_the_queue_shows_the_gravest_and_oldest_first(world: World) -> None:
    first, second = await world.case(), await world.case("they are vermin too", "$2")
    threat = await world.case("i will kill them", "$3")
    assert [view.id for view in world.casework.queue()] == [threat, first, second]
    assert [view.id for view in world.casework.queue(statuses=("open",), limit=1)] == [first]
    with pytest.raises(CaseError, match="'done' is not one of"):
        world.casework.queue(statuses=("done",))


async def test_cases_of_other_organisations_do_not_exist(world: World) -> None:
    with writing(world.sessions) as session:
        session.add(Organisation(id=2, name="Others"))
    stranger = world.people.add("Ann", "moderator", organisation_id=2).id
    case_id = await world.case()
    for step in (
        world.casework.claim,
        world.casework.show_message,
        world.casework.dismiss,
        world.casework.history,
    ):
        with pytest.raises(CaseNotFound, match="no case 1"):
            step(case_id, stranger)
    assert world.casework.queue(2) == []
    with pytest.raises(CaseNotFound):
        world.casework.view(case_id, organisation_id=2)


async def test_trainers_and_people_who_left_do_not_work_on_cases(world: World) -> None:
    case_id = await world.case()
    with pytest.raises(NotAllowed, match="Tom is a trainer"):
        world.casework.claim(case_id, world.tom)
    world.people.deactivate(world.bob)
    with pytest.raises(PersonError, match="no active person"):
        world.casework.claim(case_id, world.bob)


@pytest.mark.parametrize("number", [0, -1, 99, 2**40])
async def test_numbers_of_no_case(world: World, number: int) -> None:
    with pytest.raises(CaseNotFound):
        world.casework.claim(number, world.ann)


async def test_the_audit_trail_and_views_hold_no_text(world: World) -> None:
    case_id = await world.case("they are vermin xyzzy")
    await world.posted(case_id)
    with world.sessions() as session:
        trail = " ".join(str(event.data) for event in session.query(CaseEvent))
        assert session.get(Case, case_id) is not None
    assert "xyzzy" not in trail
    assert "vermin" not in repr(world.casework.view(case_id)).replace("dehumanisation", "")


async def test_the_library_hears_how_often_the_author_was_answered(world: World) -> None:
    for number in range(3):
        case_id = await world.case(text=f"they are vermin {number}", message_id=f"$again{number}")
        world.casework.claim(case_id, world.ann)
        world.casework.suggest(case_id, world.ann, Wish())  # type: ignore[arg-type]
        assert world.recommender.repeats == number
        draft = world.casework.edit(case_id, world.ann, "No.")
        world.casework.confirm_post(case_id, world.ann, draft.version)
        await world.dispatcher.drain()


async def test_who_reads_and_what_is_so_reach_the_library_and_are_kept_nowhere(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    world.casework.suggest(
        case_id,
        world.ann,
        Wish(),  # type: ignore[arg-type]
        member=True,
        situations=("after_attack",),
        kind="support",
    )
    asked = world.recommender.conditions
    assert (asked.role, asked.member, asked.situations, asked.kinds) == (
        "volunteer",
        True,
        ("after_attack",),
        ("support",),
    )
    world.casework.suggest(case_id, world.ann, Wish())  # type: ignore[arg-type]
    assert not world.recommender.conditions.member
    trail = [event.data for event in world.casework.history(case_id, world.ann)]
    assert not [data for data in trail if "member" in str(data)]


async def test_a_reply_with_a_gap_of_the_response_is_not_posted(world: World) -> None:
    world.recommender.offers = (
        Offer("en-any-opinion-1", "I see it otherwise: [your own example].", "opinion"),
    )
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    world.casework.suggest(case_id, world.ann, Wish())  # type: ignore[arg-type]
    draft = world.casework.choose(case_id, world.ann, 1)
    with pytest.raises(ReplyRefused, match=r"still has a gap, \[your own example\]; fill it"):
        world.casework.confirm_post(case_id, world.ann, draft.version)
    draft = world.casework.edit(
        case_id, world.ann, "I see it otherwise: look at [the list](https://example.org)."
    )
    assert world.casework.confirm_post(case_id, world.ann, draft.version).state == "pending"
