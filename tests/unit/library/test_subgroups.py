"""Suggestions keep to the very people whom a message names."""

from __future__ import annotations

from tests.unit.library.conftest import Kit

_CHRISTIANS = "christians are brainwashed and breed too much"


def test_an_answer_for_one_of_the_others_is_none_for_the_next(kit: Kit) -> None:
    wrong = kit.approved(
        "Parents in Gaza love their children too.",
        targets=("other",), subgroups=("palestinians",), narratives=(_CHRISTIANS,),
    )  # fmt: skip
    right = kit.approved(
        "Christians think for themselves like anyone.",
        targets=("other",), subgroups=("christians",), narratives=(_CHRISTIANS,),
    )  # fmt: skip
    open_ = kit.approved(
        "I see that differently about all of them.", targets=("other",), narratives=(_CHRISTIANS,)
    )
    offered = kit.offered(_CHRISTIANS, "other")
    assert wrong.id not in offered
    assert {right.id, open_.id} <= offered


def test_whom_nobody_names_gets_no_answer_for_one_of_the_others(kit: Kit) -> None:
    text = "they are brainwashed and breed too much"
    kit.approved(
        "Christians think so too.", targets=("other",), subgroups=("christians",), narratives=(text,)
    )
    right = kit.approved("I see that differently.", targets=("other",), narratives=(text,))
    assert kit.offered(text, "other") == {right.id}


def test_black_people_are_not_defended_where_others_are_named(kit: Kit) -> None:
    text = "aboriginal people are lazy drunks"
    kit.approved(
        "I won't have Black people talked about like that.",
        targets=("people_of_colour",), subgroups=("black_people",), narratives=(text,), general=True,
    )  # fmt: skip
    right = kit.approved("Nobody is lazy by skin.", targets=("people_of_colour",), narratives=(text,))
    assert kit.offered(text, "people_of_colour") == {right.id}


def test_the_wider_subgroup_answers_for_the_narrower(kit: Kit) -> None:
    text = "christians and their bells, ban that faith"
    right = kit.approved(
        "Believing is everybody's own affair.",
        targets=("other",), subgroups=("believers",), narratives=(text,),
    )  # fmt: skip
    assert kit.offered(text, "other") == {right.id}


def test_where_trans_people_are_named_no_answer_is_about_women(kit: Kit) -> None:
    text = "trans women have no place in women's sport"
    kit.approved("Women work as hard as men do.", targets=("women",), narratives=(text,))
    kit.approved("Women read this as well.", targets=("lgbt", "women"), narratives=(text,))
    right = kit.approved(
        "Let trans people run with us.", targets=("lgbt",), subgroups=("trans",), narratives=(text,)
    )
    assert kit.offered(text, "lgbt", "women") == {right.id}


def test_an_answer_for_the_whole_group_stays(kit: Kit) -> None:
    text = "syrians take our flats"
    right = kit.approved("Landlords set the rent.", targets=("migrants",), narratives=(text,))
    kit.approved(
        "Ukrainians work here.", targets=("migrants",), subgroups=("ukrainians",), narratives=(text,)
    )
    assert kit.offered(text, "migrants") == {right.id}


def test_people_at_home_elsewhere_are_not_defended_as_migrants(kit: Kit) -> None:
    text = "no innocent palestinians, not one"
    wrong = kit.approved("People who come here work hard.", targets=("migrants",), narratives=(text,))
    right = kit.approved(
        "A child in Gaza has voted for nobody.",
        targets=("other",), subgroups=("palestinians",), narratives=(text,),
    )  # fmt: skip
    offered = kit.offered(text, "migrants")
    assert right.id in offered
    assert wrong.id not in offered
    assert wrong.id in kit.offered("palestinian refugees never work, no innocent one", "migrants")
