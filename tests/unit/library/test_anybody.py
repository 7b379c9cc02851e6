"""What suits any message is offered whatever its words are, and nobody is defended who was not attacked."""

from __future__ import annotations

from courage.library.suggest.recommend import DOUBT

from .conftest import BILAL, Kit, verdict

#: Shares no word with anything in the library.
HINT = "xylophone quartz bazaar flummoxed"
JOBS = "migrants steal our jobs and wages"


def with_general(kit: Kit) -> None:
    kit.approved(
        "That is not true.", id="any-a", targets=(), strategy="denouncing", narratives=(), general=True
    )
    kit.approved("Who says so?", id="any-b", targets=(), strategy="question", narratives=(), general=True)


def offered(kit: Kit, text: str, **changes: object) -> set[str]:
    return {s.id for s in kit.ask(text, verdict=verdict(text, **changes)).suggestions}


def test_a_hint_that_is_like_nothing_gets_what_suits_any_message(stocked: Kit) -> None:
    with_general(stocked)
    advice = stocked.ask(HINT, verdict=verdict(HINT, targets=(), score=0.2))
    assert {s.id for s in advice.suggestions} == {"any-a", "any-b"}
    assert all(
        "none in the library answers this very narrative" in s.reasons[0].text for s in advice.suggestions
    )


def test_what_screening_takes_for_everyday_talk_gets_none_of_it(stocked: Kit) -> None:
    with_general(stocked)
    assert not offered(stocked, HINT, targets=(), score=0.9 * DOUBT)
    assert offered(stocked, HINT, targets=(), score=DOUBT)


def test_where_nobody_says_which_group_is_attacked_no_group_is_defended_on_a_guess(stocked: Kit) -> None:
    with_general(stocked)
    faint = "take it or leave it, the same old story with these people every single day"
    assert offered(stocked, faint, targets=(), score=0.5) == {"any-a", "any-b"}
    certain = "they steal our jobs and wages"
    found = offered(stocked, certain, targets=(), score=0.5)
    assert any(name.startswith("en-migrants") for name in found)
    assert not any(name.startswith(("en-women", "en-muslims")) for name in found)


def test_a_response_for_another_group_is_never_offered_where_the_group_is_known(stocked: Kit) -> None:
    with_general(stocked)
    found = offered(stocked, "women cannot lead a company", targets=("migrants",), score=0.9)
    assert not any(name.startswith("en-muslims") for name in found)
    named = "women cannot lead a company, women belong in the kitchen"
    assert all(n.startswith(("en-women", "any-")) for n in offered(stocked, named, targets=("women",)))


def test_one_that_is_approved_or_retired_counts_for_the_next_request(stocked: Kit) -> None:
    assert not offered(stocked, HINT, targets=(), score=0.5)
    with_general(stocked)
    assert offered(stocked, HINT, targets=(), score=0.5) == {"any-a", "any-b"}
    stocked.library.retire("any-a", by=BILAL)
    assert offered(stocked, HINT, targets=(), score=0.5) == {"any-b"}


def test_one_in_another_language_is_not_brought_in(stocked: Kit) -> None:
    stocked.approved("C'est faux.", id="fr-any", language="fr", targets=(), narratives=(), general=True)
    assert offered(stocked, HINT, targets=(), score=0.5) == set()
    stocked.approved("Ce n'est pas vrai.", id="fr-b", language="fr", targets=(), narratives=(), general=True)
    assert offered(stocked, HINT, targets=(), score=0.5, language="fr") == {"fr-any", "fr-b"}


def test_another_organisation_does_not_get_it(stocked: Kit) -> None:
    with_general(stocked)
    advice = stocked.ask(HINT, verdict=verdict(HINT, targets=(), score=0.5), organisation_id=2)
    assert advice.suggestions == ()


def test_what_a_volunteer_may_not_say_is_not_brought_in(stocked: Kit) -> None:
    stocked.approved(
        "I delete that.",
        id="mod",
        targets=(),
        narratives=(),
        general=True,
        voice="moderator",
        strategy="denouncing",
    )
    assert offered(stocked, HINT, targets=(), score=0.5) == set()
