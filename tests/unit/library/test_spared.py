"""Who is named only to be spared is not the one to defend."""

from __future__ import annotations

import pytest

from courage.library.suggest.subjects import Named, disputed, named_in, with_subject
from tests.unit.library.conftest import Kit, verdict


@pytest.mark.parametrize(
    ("language", "text", "subgroup"),
    [
        ("en", "I've nothing against Syrians, but the Ukrainians get a car and a flat.", "ukrainians"),
        ("en", "The Kurds here work hard. The Turks want the whole street.", "turks"),
        ("fr", "Les Syriens sont discrets, mais les Afghans nous coûtent un bras.", "afghans"),
        ("fr", "Les Ukrainiens au moins travaillent. Les Afghans profitent de tout.", "afghans"),
        ("de", "Nichts gegen Syrer, aber die Afghanen machen nur Ärger.", "afghans"),
        ("de", "Die Türken sind fleißig. Die Kurden machen Randale.", "kurds"),
        ("ar", "السوريين محترمين، بس الفلسطينيين باعوا أرضهم", "palestinians"),
        ("fr", "Les Ukrainiens oui, ça travaille. Les Afghans viennent se planquer.", "afghans"),
        ("en", "Even my Turkish neighbours say so: the Syrians only cash in.", "syrians"),
        ("fr", "Mon voisin ukrainien le dit lui-même : les Afghans profitent de tout.", "afghans"),
        ("de", "Selbst die Türken sagen es: Die Syrer machen nur Ärger.", "syrians"),
        ("ar", "حتى السوريين يقولونها: الفلسطينيين باعوا أرضهم", "palestinians"),
    ],
)
def test_the_one_after_the_but_is_meant(language: str, text: str, subgroup: str) -> None:
    assert named_in(text, language).subgroups == (subgroup,)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I've nothing against Syrians, but they get everything for free."),
        ("en", "Lovely people, those Syrians, if you like your bike stolen."),
        ("de", "Nichts gegen Syrer, aber die kriegen alles umsonst."),
        ("fr", "Rien contre les Syriens, mais ils profitent de tout."),
    ],
)
def test_who_alone_is_named_stays_meant_however_kind_it_sounds(language: str, text: str) -> None:
    assert named_in(text, language).subgroups == ("syrians",)


def test_a_group_that_is_spared_is_no_target() -> None:
    text = "No problem with gay people, but Muslims want to run this town."
    named = named_in(text, "en")
    assert named == Named(("muslims",), (), ("lgbt",))
    judged = verdict(text, targets=("lgbt", "muslims"))
    assert with_subject(judged, named.groups, named.spared).targets == ("muslims",)
    judged = verdict(text, targets=("lgbt",))
    assert with_subject(judged, named.groups, named.spared).targets == ("muslims",)


def test_the_spared_are_not_defended(kit: Kit) -> None:
    text = "Ukrainians at least work. Syrians are lazy and cash in."
    wrong = kit.approved(
        "Many Ukrainians work as nurses.",
        targets=("migrants",), subgroups=("ukrainians",), narratives=(text,),
    )  # fmt: skip
    right = kit.approved(
        "Many Syrians work as doctors.",
        targets=("migrants",), subgroups=("syrians",), narratives=(text,),
    )  # fmt: skip
    offered = kit.offered(text, "migrants")
    assert right.id in offered
    assert wrong.id not in offered


def test_whom_nobody_names_gets_no_answer_for_one_people_of_many(kit: Kit) -> None:
    text = "they all cash in and never work"
    wrong = kit.approved(
        "Ukrainian nurses would be missed here.",
        targets=("migrants",), subgroups=("ukrainians",), narratives=("they do not queue for anything",), general=True,
    )  # fmt: skip
    right = kit.approved("Most people here work.", targets=("migrants",), narratives=(text,))
    offered = kit.offered(text, "migrants")
    assert right.id in offered
    assert wrong.id not in offered


def test_travellers_are_not_answered_for_as_roma(kit: Kit) -> None:
    text = "Irish Travellers leave rubbish everywhere"
    wrong = kit.approved("Roma are as different as anybody.", targets=("roma",), narratives=(text,))
    right = kit.approved(
        "Please don't talk about Travellers like that.",
        targets=("roma",), subgroups=("travellers",), narratives=(text,),
    )  # fmt: skip
    offered = kit.offered(text, "roma")
    assert right.id in offered
    assert wrong.id not in offered


@pytest.mark.parametrize(
    ("language", "text", "unsure"),
    [
        ("en", "Nothing against Syrians. But guess who empties the bins by the new block.", True),
        ("en", "Nothing against Syrians. But they never empty the bins.", False),
        ("en", "Syrians have no respect for our bins.", False),
        ("de", "Nichts gegen Syrer. Aber schaut mal, wer im neuen Block wohnt.", True),
        ("de", "Nichts gegen Syrer. Aber die schauen nur zu.", False),
    ],
)
def test_where_only_the_spared_are_named_nobody_knows_who_is_meant(
    language: str, text: str, unsure: bool
) -> None:
    assert named_in(text, language).unsure is unsure


@pytest.mark.parametrize(
    ("language", "text", "targets", "sure"),
    [
        ("en", "Muslims and Jews, it's one and the same with that lot.", ("muslims",), False),
        ("en", "Hindus and Muslims agree: Christians buy souls with rice.", ("other", "muslims"), False),
        ("en", "Those Muslims again with their women.", ("muslims",), True),
        ("en", "Sudanese lads in the hotel again.", ("migrants", "people_of_colour"), True),
        ("de", "Das war kein Islam, das war ein Schizophrener.", ("disabled", "muslims"), False),
        ("en", "You know what they are like.", ("jews",), True),
    ],
)
def test_an_answer_for_one_of_two_peoples_is_none_where_either_may_be_meant(
    language: str, text: str, targets: tuple[str, ...], sure: bool
) -> None:
    judged = verdict(text, targets=targets)
    assert disputed(judged, named_in(text, language)) is not sure


@pytest.mark.parametrize(
    ("text", "people", "group"),
    [
        ("Nothing against Syrians. But guess who empties the bins by the new block.", "Syrians", "migrants"),
        ("Muslims and Jews, it's one and the same with that lot.", "Jews", "jews"),
    ],
)
def test_where_nobody_knows_who_is_meant_the_answer_is_for_anybody(
    kit: Kit, text: str, people: str, group: str
) -> None:
    wrong = kit.approved(f"{people} are neighbours.", targets=(group,), narratives=(text,))
    right = kit.approved("Nobody here deserves that hint.", targets=(), narratives=(text,), general=True)
    offered = kit.offered(text, group)
    assert right.id in offered
    assert wrong.id not in offered
