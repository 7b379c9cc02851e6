"""Who reads counts: role, voice, situation and gravity are hard conditions, whatever the rank."""

from __future__ import annotations

import pytest

from courage.library.errors import LibraryError
from courage.library.suggest.conditions import VOLUNTEER, Conditions, grave
from courage.library.suggest.recommend import Wish

from .conftest import Kit, verdict

CLAIM = "migrants do not belong here"
MODERATOR, MEMBER = Conditions("moderator"), Conditions(member=True)


def offered(kit: Kit, conditions: Conditions = VOLUNTEER, text: str = CLAIM, **changes: object) -> set[str]:
    advice = kit.ask(
        text, verdict=verdict(text, **changes), conditions=conditions, limit=10, wish=Wish(languages=("en",))
    )
    return {suggestion.id for suggestion in advice.suggestions}


def test_a_moderators_text_goes_to_moderators_only(kit: Kit) -> None:
    kit.approved("Migrants belong here, says our rule on respect.", id="rule", for_role="moderator")
    kit.approved(
        "With the voice of the team: migrants belong here.",
        id="voice",
        voice="moderator",
        strategy="denouncing",
    )
    kit.approved("Migrants belong here as you do.", id="open", strategy="positive")
    assert offered(kit) == {"open"}
    assert offered(kit, Conditions("trainer")) == {"open"}
    assert offered(kit, MODERATOR) == {"rule", "voice", "open"}


def test_a_members_voice_is_offered_where_it_is_ticked_for_this_reply(kit: Kit) -> None:
    kit.approved("We migrants belong here as you do.", id="member", voice="member")
    kit.approved("Migrants belong here as you do.", id="open", strategy="positive")
    assert offered(kit) == {"open"}
    assert offered(kit, MEMBER) == {"member", "open"}
    assert offered(kit) == {"open"}  # the next request knows nothing of it


@pytest.mark.parametrize(
    ("language", "story"),
    [
        ("en", "My mother came here with nothing, migrants belong here."),
        ("fr", "Ma mère a élevé quatre enfants en faisant les trois-huit."),
        ("fr", "Mon oncle Maurice a tenu une mercerie toute sa vie."),
        ("de", "Meine Chefin leitet sechzig Leute und hat drei Kinder."),
        ("ar", "أمي أرملة وربّت خمسة أولاد"),
    ],
)
def test_a_story_of_ones_own_life_is_offered_to_who_ticked_to_be_one_of_them(
    kit: Kit, language: str, story: str
) -> None:
    kit.approved(story, id="story", language=language, narratives=(CLAIM,))
    kit.approved("Who says so?", id="open", language=language, strategy="question", narratives=(CLAIM,))

    def found(conditions: Conditions) -> set[str]:
        asked = kit.ask(CLAIM, verdict=verdict(CLAIM, language=language), conditions=conditions)
        return {suggestion.id for suggestion in asked.suggestions}

    assert found(VOLUNTEER) == {"open"}
    assert found(MEMBER) == {"story", "open"}


def test_a_text_that_needs_a_situation_waits_for_it(kit: Kit) -> None:
    kit.approved("After tonight, migrants grieve here with us.", id="after", needs=("after_attack",))
    kit.approved(
        "You did this before: migrants belong here.", id="again", needs=("repeated",), strategy="question"
    )
    kit.approved("Migrants belong here as you do.", id="open", strategy="positive")
    assert offered(kit) == {"open"}
    assert offered(kit, Conditions(situations=("after_attack",))) == {"after", "open"}
    advice = kit.ask(CLAIM, repeats=1)  # the desk knows it by itself
    assert {s.id for s in advice.suggestions} == {"again", "open"}


def test_no_humour_where_it_is_very_serious_or_touches_what_nobody_jokes_about(kit: Kit) -> None:
    kit.approved("Migrants belong here, ask the bakery.", id="joke", strategy="humor")
    kit.approved("Migrants belong here, lightly said.", id="light", tone="light", strategy="question")
    kit.approved("Migrants belong here as you do.", id="open", strategy="positive")
    assert offered(kit) == {"joke", "light", "open"}
    assert offered(kit, severity=3) == {"open"}
    assert offered(kit, text=CLAIM + ", they are all rapists") == {"open"}
    humour = kit.ask(CLAIM, verdict=verdict(CLAIM, severity=3), wish=Wish(strategies=("humor",)))
    assert {s.id for s in humour.suggestions} == {"open"}  # not even where somebody wishes for it


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("they are all rapists", "en"),
        ("the Holocaust never happened", "en"),
        ("they breed like rats", "en"),
        ("look at that nose", "en"),
        ("ils sont tous des violeurs", "fr"),
        ("la Shoah est une invention", "fr"),
        ("es sind alle Messerstecher mit dem Messer", "de"),
        ("die sind wie Ungeziefer", "de"),
        ("كلهم إرهابيون", "ar"),
        ("هم والحشرات سواء", "ar"),
        ("sont des violeurs", "und"),
    ],
)
def test_themes_on_which_nobody_jokes(text: str, language: str) -> None:
    assert grave(text, language, 1)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("they take our flats", "en"),
        ("ils prennent nos logements", "fr"),
        ("die nehmen uns die Wohnungen weg", "de"),
        ("يأخذون بيوتنا", "ar"),
    ],
)
def test_everyday_narratives_are_not_grave(text: str, language: str) -> None:
    assert not grave(text, language, 2)


def test_other_kinds_are_offered_where_they_are_asked_for(kit: Kit) -> None:
    kit.approved(
        "That was not about you. Would you like company?", id="s1", kind="support", narratives=(), targets=()
    )
    kit.approved("Migrants, you are welcome here.", id="s2", kind="support", narratives=())
    kit.approved("Jews, you are welcome here.", id="s3", kind="support", narratives=(), targets=("jews",))
    kit.approved(
        "Removed under [rule]. Questions: [contact].",
        id="b1", kind="boundary", voice="moderator", for_role="moderator", narratives=(), targets=(),
    )  # fmt: skip
    kit.approved("Migrants belong here as you do.", id="open", strategy="positive")
    assert offered(kit) == {"open"}
    assert offered(kit, Conditions(kinds=("support",))) == {"s1", "s2"}
    first = kit.ask(CLAIM, conditions=Conditions(kinds=("support",))).suggestions[0]
    assert (first.id, first.kind) == ("s2", "support")  # the very group before anybody
    assert offered(kit, Conditions(kinds=("boundary",))) == set()
    assert offered(kit, Conditions("moderator", kinds=("boundary",))) == {"b1"}


def test_support_is_there_where_nothing_answers_the_message(kit: Kit) -> None:
    kit.approved(
        "That was not about you.", id="s1", kind="support", narratives=(), targets=(), longer="Longer words."
    )
    text = "zxqv wvut"
    assert kit.ask(text).abstained
    advice = kit.ask(text, conditions=Conditions(kinds=("support",)))
    assert [(s.id, s.longer) for s in advice.suggestions] == [("s1", "Longer words.")]


def test_what_does_not_exist_is_refused(kit: Kit) -> None:
    for wrong in (Conditions("king"), Conditions(situations=("rain",)), Conditions(kinds=("song",))):
        with pytest.raises(LibraryError, match="is not known; allowed are"):
            kit.ask(CLAIM, conditions=wrong)


def test_a_joke_is_offered_only_for_what_it_answers(kit: Kit) -> None:
    text = "migrants never learn our language"
    joke = kit.approved(
        "Nobody here spells right either.",
        strategy="humor", tone="light", targets=("migrants",), narratives=(text,),
    )  # fmt: skip
    plain = kit.approved("Languages take time.", targets=("migrants",), general=True)
    assert joke.id in kit.offered(text, "migrants")
    other = kit.offered("the doctor has no room for you since migrants came to town", "migrants")
    assert plain.id in other
    assert joke.id not in other
