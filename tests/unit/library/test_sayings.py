"""What the recommender says can be taken apart again, so that it can be said in every language."""

from __future__ import annotations

import re

import pytest

from courage.library.suggest.sayings import SAYINGS, Saying, group_names, say, understood

_VALUES = {"strategy": "facts", "people": "3", "times": "4", "language": "French"}


@pytest.mark.parametrize("code", SAYINGS)
def test_every_saying_is_understood(code: str) -> None:
    wanted = {name: _VALUES[name] for name in re.findall(r"\{(\w+)\}", SAYINGS[code]) if name != "groups"}
    found = understood(say(code, groups=group_names(("lgbt", "roma")), **wanted))
    assert found is not None
    assert found.code == code
    assert set(found.values) == set(wanted)


def test_groups_and_languages_come_back_as_codes() -> None:
    said = say("stands_up", groups=group_names(("lgbt", "people_of_colour")))
    assert understood(said) == Saying("stands_up", ("lgbt", "people_of_colour"))
    assert understood(say("other_language", language="German")) == Saying(
        "other_language", (), {"language": "de"}
    )


def test_what_was_never_said_is_not_understood() -> None:
    assert understood("because I say so") is None
