"""Passwords that are guessed first are refused; a sentence of one's own is not."""

from __future__ import annotations

import pytest

from courage.people.passwords import weakness


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaa", "aaaaaaaaaaaaaaaa", "abababababab", "abcabcabcabcabc", "123456789012", "qwertyuiop123",
        "passwordpassword", "Password2026!", "P@ssw0rd1234", "motdepasse123", "Passwort12345", "qwertzuiop!!",
        "iloveyouforever", "letmeinletmein", "counterspeech1", "leila.benali12", "LeilaBenali!!", "ourorganisation",
        "short", "x" * 1001, "كلمةالمرور123", "1qaz2wsx3edc", "Sommer2026!!!", "abcdefghijkl",
    ],
)  # fmt: skip
def test_a_password_that_is_guessed_first_is_refused_in_words(password: str) -> None:
    said = weakness(password, "Leila Ben Ali", "Our organisation")
    assert said
    assert said.say.startswith("password.")
    assert password not in str(said)


@pytest.mark.parametrize(
    "password",
    [
        "a long enough password", "correct horse", "correct horse battery staple", "Der Zug kam wieder zu spät",
        "ma tante a deux chats gris", "في الحديقة شجرة قديمة", "xK4#pq9!vLm2", "rhubarb-Tuesday-9", "leila likes rhubarb",
    ],
)  # fmt: skip
def test_a_sentence_of_ones_own_is_fine(password: str) -> None:
    assert weakness(password, "Leila Ben Ali", "Our organisation") is None


def test_a_thousand_characters_are_weighed_at_once() -> None:
    assert weakness("password" * 60 + "12", "Leila") is not None
    assert weakness("zq xw " * 100 + "v" + "kj hg " * 60, "Leila") is None
