"""What a volunteer is offered for a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from courage.db.engine import Organisation, writing
from courage.library.drafts import text_hash
from courage.library.errors import LibraryError
from courage.library.exchange.export import each
from courage.library.search.index import LibraryIndex
from courage.library.suggest.recommend import Advice, Wish
from courage.library.suggest.sayings import Saying
from courage.library.suggest.subjects import with_subject

from .conftest import ANNA, BILAL, CHLOE, Kit, verdict

JOBS = "migrants steal all our jobs"


def texts(reasons: Sequence[Saying]) -> list[str]:
    """Return reasons as programs read them."""
    return [reason.text for reason in reasons]


def why(advice: Advice) -> str:
    """Return why nothing is suggested, as programs read it."""
    assert advice.reason is not None
    return advice.reason.text


def test_three_suggestions_of_three_strategies_for_the_group_attacked(stocked: Kit) -> None:
    advice = stocked.ask(JOBS)
    assert not advice.abstained
    assert advice.reason is None
    assert {s.strategy for s in advice.suggestions} == {"facts", "question", "positive"}
    assert all(s.id.startswith("en-migrants") for s in advice.suggestions)
    assert [s.rank for s in advice.suggestions] == [1, 2, 3]
    assert all(0 <= s.score <= 1 for s in advice.suggestions)
    assert "stands up for migrants" in texts(advice.suggestions[0].reasons)


def test_the_same_question_gets_the_same_answer(stocked: Kit) -> None:
    assert stocked.ask(JOBS) == stocked.ask(JOBS)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hateful": False, "route": "none", "category": "none"}, "not hateful"),
        ({"route": "escalate", "category": "threat"}, "escalation lane"),
    ],
)
def test_it_abstains_and_says_why(stocked: Kit, changes: dict[str, object], reason: str) -> None:
    advice = stocked.ask(JOBS, verdict=verdict(JOBS, **changes))
    assert advice.abstained
    assert reason in why(advice)
    assert advice.suggestions == ()


def test_a_verdict_that_takes_another_group_for_attacked_is_not_believed_blindly(stocked: Kit) -> None:
    mistaken = verdict(JOBS, targets=("jews",))
    assert all(s.id.startswith("en-migrants") for s in stocked.ask(JOBS, verdict=mistaken).suggestions)
    text = "they steal, quartz bazaar flummoxed"
    assert "nothing in the library" in why(stocked.ask(text, verdict=verdict(text, targets=("jews",))))


def test_an_approved_text_stays_in_use_while_its_new_version_is_under_review(kit: Kit) -> None:
    there = kit.approved(
        "They do work that nobody else here wants to do.",
        narratives=("migrants steal our jobs", "b c", "d e"),
        strategy="facts",
    )
    kit.library.edit(there.id, {"text": "Better words about migrants and jobs."}, by=CHLOE)

    def offered() -> list[tuple[str, str]]:
        return [(s.id, s.text) for s in kit.ask(JOBS).suggestions]

    assert offered() == [(there.id, there.text)]
    now = kit.library.get(there.id)
    assert (now.state, now.in_use_version) == ("draft", 1)
    kit.library.edit(there.id, {"text": "Even better words about migrants and jobs."}, by=CHLOE)
    kit.library.submit(there.id, by=CHLOE)
    assert offered() == [(there.id, there.text)]
    # What stands in is on no list, in no count and no export, and is no copy of the text that replaces it.
    assert [r.id for r in kit.library.list()] == [there.id]
    assert kit.library.count() == 1
    assert kit.library.count(state="approved") == 0
    assert [r.id for r in each(kit.library, 1)] == [there.id]
    assert kit.index.near_copies(there.text, "en", 1, None, 0.5) == []
    assert kit.index.same_text(text_hash(there.text), 1, None) is None
    # What people do with it counts for the response.
    kit.recommender.feedback(1, there.id, "posted", 1.0, person="1", room="r")
    kit.library.approve(there.id, by=BILAL)
    assert offered() == [(there.id, "Even better words about migrants and jobs.")]
    assert kit.library.get(there.id).in_use_version is None
    kit.library.edit(there.id, {"text": "A third try about migrants and jobs."}, by=CHLOE)
    assert [text for _, text in offered()] == ["Even better words about migrants and jobs."]
    kit.library.retire(there.id, by=BILAL)  # out of use is out of use
    assert offered() == []
    again = LibraryIndex(kit.library.sessions, kit.encoder, kit.folder / "again")
    again.open()
    assert len(again) == 0


def test_it_abstains_when_nothing_fits(stocked: Kit) -> None:
    text = "xylophone quartz bazaar flummoxed"
    assert "nothing in the library" in why(stocked.ask(text, verdict=verdict(text, targets=())))


def test_suggestions_keep_to_one_group_even_if_the_verdict_names_none(stocked: Kit) -> None:
    text = "migrants steal our jobs, women cannot lead a company"
    offered = stocked.ask(text, verdict=verdict(text, targets=())).suggestions
    assert offered
    assert len({suggestion.id.split("-")[1] for suggestion in offered}) == 1


def test_suggestions_keep_to_one_group_even_if_the_verdict_names_several(stocked: Kit) -> None:
    asked = verdict(JOBS, targets=("women", "migrants"))
    assert {s.id.split("-")[1] for s in stocked.ask(JOBS, verdict=asked).suggestions} == {"migrants"}


def test_a_group_named_beside_it_does_not_hide_the_likeliest_one() -> None:
    judged = verdict("those people take our women", targets=("migrants", "women", "jews"))
    assert with_subject(judged, ("women",)).targets == ("migrants", "women")


def test_where_no_narrative_is_answered_general_answers_for_the_group_are_offered(stocked: Kit) -> None:
    text = "xylophone quartz bazaar flummoxed"
    offered = stocked.ask(text).suggestions  # the verdict says that it is about migrants
    assert {s.id for s in offered} == {"en-migrants-question", "en-migrants-positive"}
    assert all("none in the library answers this very narrative" in s.reasons[0].text for s in offered)


def test_a_reported_message_is_answered_for_the_group_it_names(stocked: Kit) -> None:
    text = "women are useless, quartz bazaar flummoxed"
    offered = stocked.ask(text, verdict=verdict(text, targets=())).suggestions
    assert offered
    assert all(s.id.startswith("en-women") for s in offered)


def test_it_advises_against_feeding_a_bare_insult_or_a_repeated_provocation(stocked: Kit) -> None:
    text = "filthy migrants!!!"
    assert "insult without a narrative" in why(stocked.ask(text, verdict=verdict(text, category="slur")))
    assert "answered 5 times" in why(stocked.ask(JOBS, repeats=5))
    assert not stocked.ask(JOBS, repeats=5, wish=Wish(strategies=("question",))).abstained


def test_an_empty_library_abstains(kit: Kit) -> None:
    assert kit.ask(JOBS).abstained


def test_wishes_are_met(stocked: Kit) -> None:
    first = stocked.ask(JOBS).suggestions
    asked = stocked.ask(JOBS, wish=Wish(strategies=("question",))).suggestions
    assert [s.strategy for s in asked] == ["question"]
    assert "question, as asked for" in texts(asked[0].reasons)
    others = stocked.ask(JOBS, wish=Wish(exclude=frozenset({first[0].id}))).suggestions
    assert first[0].id not in {s.id for s in others}
    with pytest.raises(LibraryError, match="strategy 'anger' is not known"):
        stocked.ask(JOBS, wish=Wish(strategies=("anger",)))


def test_shorter_prefers_the_shorter_of_equals(kit: Kit) -> None:
    kit.approved("Migrants built this town with us.", id="short", strategy="positive")
    kit.approved("Migrants built this town with us. " * 8, id="long", strategy="facts")
    assert kit.ask("migrants do not belong here", wish=Wish(shorter=True)).suggestions[0].id == "short"


def test_another_language_is_offered_only_when_the_own_has_nothing(kit: Kit) -> None:
    kit.approved("Des amis.", id="fr", language="fr")
    kit.approved("Friends.", id="en")
    text = "migrants do not belong here"
    assert [s.id for s in kit.ask(text).suggestions] == ["en"]
    assert [s.id for s in kit.ask(text, verdict=verdict(text, language="fr")).suggestions] == ["fr"]
    german = kit.ask(text, verdict=verdict(text, language="de")).suggestions
    assert [s.id for s in german] == ["en"]
    assert any("nothing in the message's language" in reason for reason in texts(german[0].reasons))


def test_other_languages_reach_the_encoder_through_the_pivot(make_kit: Callable[..., Kit]) -> None:
    glosses = {"ausländer": "migrants", "gehören": "belong", "nicht": "not", "hierher": "here"}

    def pivot(text: str, language: str) -> str:
        return " ".join(glosses.get(word, word) for word in text.casefold().split())

    kit = make_kit(pivot=pivot)
    kit.approved("Freunde.", language="de", narratives=("ausländer gehören nicht hierher", "b b", "c c"))
    text = "migrants belong not here"
    assert not kit.ask(text, verdict=verdict(text, language="de")).abstained


def test_what_was_just_said_in_a_room_is_not_parroted_there(stocked: Kit) -> None:
    first = stocked.ask(JOBS, limit=1).suggestions[0].id
    stocked.recommender.feedback(1, first, "posted", person="7", room="!a")
    assert stocked.ask(JOBS, limit=1, room="!a").suggestions[0].id != first
    stocked.clock.forward(days=20)
    assert stocked.ask(JOBS, limit=1, room="!a").suggestions[0].id == first


def test_approval_edit_and_retirement_count_for_the_next_request(kit: Kit) -> None:
    text = "migrants do not belong here"
    one = kit.approved("First words.")
    assert [s.text for s in kit.ask(text).suggestions] == ["First words."]
    kit.library.edit(one.id, {"text": "Second words."}, by=ANNA)
    assert [s.text for s in kit.ask(text).suggestions] == ["First words."]  # until the new ones are approved
    kit.library.submit(one.id, by=ANNA)
    kit.library.approve(one.id, by=BILAL)
    assert [s.text for s in kit.ask(text).suggestions] == ["Second words."]
    kit.library.retire(one.id, by=CHLOE)
    assert kit.ask(text).abstained


def test_shared_responses_reach_other_organisations_and_own_ones_do_not(kit: Kit) -> None:
    with writing(kit.library.sessions) as session:
        session.add(Organisation(id=2, name="Two"))
    text = "migrants do not belong here"
    kit.approved("Ours.", id="ours")
    shared = kit.approved("Everybody's.", id="shared", strategy="positive")
    kit.library.share(shared.id, "shared", by=ANNA)
    assert {s.id for s in kit.ask(text).suggestions} == {"ours", "shared"}
    assert {s.id for s in kit.ask(text, organisation_id=2).suggestions} == {"shared"}
    kit.library.share(shared.id, "organisation", by=ANNA)
    assert kit.ask(text, organisation_id=2).abstained


def test_sources_come_along(kit: Kit) -> None:
    from courage.library.drafts import SourceDraft

    kit.approved("Counted.", sources=(SourceDraft("Migration report", "Office of Statistics", 2024),))
    offered = kit.ask("migrants do not belong here").suggestions[0]
    assert offered.sources[0]["publisher"] == "Office of Statistics"
    assert "has a source" in texts(offered.reasons)
