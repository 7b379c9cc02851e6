"""A reply in dialect is offered to who writes in that dialect, to nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from courage.library.suggest.dialects import dialects_of
from tests.unit.library.conftest import Kit, verdict


@pytest.mark.parametrize(
    ("language", "text", "dialects"),
    [
        ("ar", "الناس دول مش زينا، عايزين ياخدوا كل حاجة", {"egyptian"}),
        ("ar", "هدول شو بدهم منا، كلن متل بعض", {"levantine"}),
        ("ar", "وش يبون هذولا عندنا", {"gulf"}),
        ("ar", "علاش جاو هنا، بزاف ديال الناس", {"maghrebi"}),
        ("ar", "لا مكان لهؤلاء بيننا", set()),
        ("de", "Die hob i scho gsehn, oida, de schaun ois so", {"austrian"}),
        ("de", "Das isch nöd normal, was die da mached", {"swiss"}),
        ("de", "Die gehören nicht hierher", set()),
        ("fr", "Sont pas chez eux icitte, tsé", {"quebec"}),
        ("fr", "Ils n'ont rien à faire ici", set()),
        ("en", "They don't belong here", set()),
    ],
)
def test_a_dialect_is_known_by_its_small_words(language: str, text: str, dialects: set[str]) -> None:
    assert dialects_of(text, language) == dialects


@pytest.mark.parametrize(
    ("text", "heard"),
    [("Des isch nöd guet mit dene Muslime", True), ("Das ist nicht gut mit den Muslimen", False)],
)
def test_a_reply_in_dialect_is_for_who_writes_in_it(kit: Kit, text: str, heard: bool) -> None:
    swiss = kit.approved(
        "Das isch kei Art, über Muslim z rede.",
        language="de", dialect="swiss", targets=("muslims",), narratives=(text,),
    )  # fmt: skip
    plain = kit.approved(
        "So redet man nicht über Muslime.", language="de", targets=("muslims",), narratives=(text,)
    )
    judged = replace(verdict(text, targets=("muslims",)), language="de")
    offered = {one.id for one in kit.ask(text, verdict=judged, limit=10).suggestions}
    assert plain.id in offered
    assert (swiss.id in offered) is heard
