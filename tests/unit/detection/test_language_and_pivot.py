from __future__ import annotations

import pytest

from courage.detection.text.language import identify
from courage.detection.text.lexicons import decode_slur, load_lexicon
from courage.detection.text.pivot import to_pivot
from courage.errors import CourageError


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I don't know what you mean", "en"), ("hello", "en"), ("Das ist nicht gut", "de"), ("Danke schön!", "de"),
        ("Je ne sais pas", "fr"), ("C'est n'importe quoi", "fr"), ("انا لا اعرف", "ar"), ("ana mish 3aref leh", "ar"),
        ("", "und"), ("12:30", "und"), ("🙂🙂", "und"),
    ],
)  # fmt: skip
def test_short_texts_get_their_language(text: str, code: str) -> None:
    assert identify(text) == code


def test_gloss_carries_words_over() -> None:
    assert "beautiful mosque" in to_pivot("Schöne Moschee habt ihr da.", "de")
    assert to_pivot("nothing changes here", "en") == "nothing changes here"
    assert "muslim" in to_pivot("les musulmans sont nos voisins", "fr").lower()


def test_unknown_language_of_a_lexicon_is_named() -> None:
    with pytest.raises(CourageError, match="'xx'"):
        load_lexicon("xx")


def test_a_broken_slur_row_is_named() -> None:
    with pytest.raises(CourageError, match="base64"):
        decode_slur("%%%")
