"""Trainers write, review and mend responses together."""

from __future__ import annotations

from datetime import date

import pytest

from courage.db.engine import Organisation, make_engine, writing
from courage.errors import DatabaseError
from courage.library.errors import (
    ConflictError,
    DraftError,
    NotFoundError,
    StateError,
    TwoPeopleError,
)

from .conftest import ANNA, BILAL, CHLOE, Kit, draft


def test_a_response_is_offered_only_after_a_second_person_approved_it(kit: Kit) -> None:
    added = kit.library.add(draft(), by=ANNA)
    assert added.state == "draft"
    assert added.id == "en-migrants-affiliation-001"
    kit.library.submit(added.id, by=ANNA)
    with pytest.raises(TwoPeopleError, match="another person"):
        kit.library.approve(added.id, by=ANNA)
    assert kit.library.approve(added.id, by=BILAL).state == "approved"


def test_whoever_edited_the_version_cannot_approve_it_and_neither_can_the_author(kit: Kit) -> None:
    added = kit.library.add(draft(), by=ANNA)
    kit.library.edit(added.id, {"text": "They are neighbours."}, by=BILAL)
    kit.library.edit(added.id, {"tone": "warm"}, by=CHLOE)
    kit.library.submit(added.id, by=ANNA)
    for person in (ANNA, BILAL, CHLOE):
        with pytest.raises(TwoPeopleError):
            kit.library.approve(added.id, by=person)


def test_an_editor_of_an_earlier_approved_version_may_approve_the_next(kit: Kit) -> None:
    added = kit.library.add(draft(), by=ANNA)
    kit.library.edit(added.id, {"tone": "warm"}, by=BILAL)
    kit.library.submit(added.id, by=BILAL)
    kit.library.approve(added.id, by=CHLOE)
    kit.library.edit(added.id, {"tone": "firm"}, by=CHLOE)
    kit.library.submit(added.id, by=CHLOE)
    assert kit.library.approve(added.id, by=BILAL).state == "approved"


def test_an_edit_needs_a_new_approval(kit: Kit) -> None:
    response = kit.approved("They are friends.")
    edited = kit.library.edit(response.id, {"text": "They are our friends."}, by=ANNA, why="clearer")
    assert (edited.state, edited.version) == ("draft", 2)


def test_saving_what_is_there_changes_nothing(kit: Kit) -> None:
    response = kit.approved("They are friends.")
    same = kit.library.edit(response.id, response.draft(), by=ANNA)
    assert (same.state, same.version, same.lock) == ("approved", 1, response.lock)


def test_the_second_of_two_editors_is_told_who_was_first_and_keeps_their_words(kit: Kit) -> None:
    seen = kit.library.add(draft(), by=ANNA)
    kit.library.edit(seen.id, {"text": "Bilal's text."}, by=BILAL, expected=seen.lock)
    with pytest.raises(ConflictError, match="Bilal changed") as caught:
        kit.library.edit(seen.id, {"text": "Chloé's text."}, by=CHLOE, expected=seen.lock)
    assert caught.value.mine == {"text": "Chloé's text."}
    assert caught.value.theirs.text == "Bilal's text."
    assert kit.library.get(seen.id).text == "Bilal's text."


def test_nobody_approves_a_text_other_than_the_one_they_read(kit: Kit) -> None:
    added = kit.library.add(draft(), by=ANNA)
    read = kit.library.submit(added.id, by=ANNA)
    kit.library.edit(added.id, {"text": "Something else."}, by=ANNA)
    kit.library.submit(added.id, by=ANNA)
    with pytest.raises(ConflictError, match="Anna"):
        kit.library.approve(added.id, by=BILAL, expected=read.lock)


def test_steps_out_of_order_are_refused_with_the_reason(kit: Kit) -> None:
    added = kit.library.add(draft(), by=ANNA)
    with pytest.raises(StateError, match="is draft; only one that is in review can be approved"):
        kit.library.approve(added.id, by=BILAL)
    kit.library.retire(added.id, by=ANNA)
    with pytest.raises(StateError, match="restore it"):
        kit.library.edit(added.id, {"text": "New."}, by=BILAL)


def test_a_rejection_sends_it_back_with_the_reason(kit: Kit) -> None:
    added = kit.library.add(draft(), by=ANNA)
    kit.library.submit(added.id, by=ANNA)
    assert kit.library.reject(added.id, by=BILAL, why="too soft").state == "draft"
    steps = [(event.step, event.person_name, event.why) for event in kit.library.history(added.id)]
    assert ("rejected", "Bilal", "too soft") in steps


def test_versions_show_who_changed_what_and_any_can_be_restored(kit: Kit) -> None:
    added = kit.library.add(draft("They are our neighbours."), by=ANNA, why="first try")
    kit.library.edit(
        added.id, {"text": "They are our good neighbours.", "tone": "warm"}, by=BILAL, why="warmer"
    )
    saved = kit.library.versions(added.id)
    assert [(v.version, v.person_name, v.why) for v in saved] == [
        (1, "Anna", "first try"),
        (2, "Bilal", "warmer"),
    ]
    changes = {change.field: change for change in kit.library.diff(added.id, 1)}
    assert changes["tone"].before == "calm"
    assert ("added", "good") in changes["text"].words
    restored = kit.library.restore(added.id, 1, by=CHLOE)
    assert (restored.text, restored.tone, restored.version) == ("They are our neighbours.", "calm", 3)
    assert restored.narratives == added.narratives
    with pytest.raises(NotFoundError, match="versions 1 to 3"):
        kit.library.restore(added.id, 9, by=CHLOE)


def test_a_retired_response_comes_back_as_a_draft(kit: Kit) -> None:
    response = kit.approved("They are friends.")
    kit.library.retire(response.id, by=CHLOE, why="dated")
    assert kit.library.restore(response.id, by=ANNA).state == "draft"


def test_due_lists_what_must_be_reviewed_most_overdue_first(kit: Kit) -> None:
    late = kit.approved("Two.", review_on=date(2026, 2, 1))
    later = kit.approved("One.", review_on=date(2026, 2, 20))
    soon = kit.approved("Three.", review_on=date(2026, 3, 5))
    kit.approved("Four.")
    assert [r.id for r in kit.library.due()] == [late.id, later.id]
    assert [r.id for r in kit.library.due(within_days=7)] == [late.id, later.id, soon.id]


def test_search_finds_words_in_text_narratives_and_id_and_takes_signs_literally(kit: Kit) -> None:
    one = kit.approved("A hundred per cent human.", narratives=("they are 100% foreign", "b", "c"))
    kit.approved("Quite another thing.")
    assert [r.id for r in kit.library.search("FOREIGN human")] == [one.id]
    assert [r.id for r in kit.library.search("100%")] == [one.id]
    assert kit.library.search("100_") == []
    assert kit.library.count(target="migrants", language="en", state="approved") == 2
    assert kit.library.list(target="women") == []


def test_comments_are_kept_beside_the_version_they_speak_about(kit: Kit) -> None:
    added = kit.library.add(draft(), by=ANNA)
    kit.library.comment(added.id, "Is this kind?", by=BILAL)
    said = [event for event in kit.library.history(added.id) if event.step == "comment"]
    assert [(event.person_name, event.version, event.why) for event in said] == [
        ("Bilal", 1, "Is this kind?")
    ]
    with pytest.raises(DraftError):
        kit.library.comment(added.id, "  ", by=BILAL)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"text": "  "}, "text is empty"),
        ({"strategy": "anger"}, "strategy 'anger' is not known; allowed are facts"),
        ({"language": "xx"}, "language 'xx'"),
        ({"targets": ("martians",)}, "target 'martians'"),
        ({"id": "No Spaces"}, "id 'No Spaces'"),
        ({"narratives": tuple(f"narrative {i}" for i in range(61))}, "61 narratives"),
    ],
)
def test_bad_content_is_refused_naming_field_and_choices(
    kit: Kit, changes: dict[str, object], named: str
) -> None:
    with pytest.raises(DraftError, match=named):
        kit.library.add(draft(**changes), by=ANNA)


def test_an_id_is_taken_once_per_organisation(kit: Kit) -> None:
    with writing(kit.library.sessions) as session:
        session.add(Organisation(id=2, name="Two"))
    kit.library.add(draft(id="same"), by=ANNA)
    kit.library.add(draft(id="same"), by=ANNA, organisation_id=2)
    with pytest.raises(DraftError, match="already a response 'same'"):
        kit.library.add(draft(id="same"), by=ANNA)


def test_organisations_do_not_see_each_others_responses(kit: Kit) -> None:
    with writing(kit.library.sessions) as session:
        session.add(Organisation(id=2, name="Two"))
    added = kit.library.add(draft(), by=ANNA)
    with pytest.raises(NotFoundError):
        kit.library.get(added.id, organisation_id=2)
    with pytest.raises(DatabaseError, match="no organisation 9"):
        kit.library.add(draft(), by=ANNA, organisation_id=9)


def test_a_wrong_database_address_says_what_is_allowed() -> None:
    with pytest.raises(DatabaseError, match="sqlite:///FILE"):
        make_engine("not an address")
