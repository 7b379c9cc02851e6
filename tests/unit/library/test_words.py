"""The lexical index: what shares telling words with a message is found, whatever changed since it was sorted."""

from __future__ import annotations

from pathlib import Path

import pytest

from courage.library.search.words import WordIndex, bag_of, words_of

TEXTS = {
    1: "Housing is short because nobody builds.",
    2: "Women work as hard as men do.",
    3: "Wer baut, schafft Wohnungen für Migranten.",
    4: "الهجرة ليست جريمة",
    5: "Nobody is illegal.",
    6: "My street is better with them in it.",
    7: "Any evidence for that?",
    8: "On respire le même air.",
}


@pytest.fixture
def words() -> WordIndex:
    index = WordIndex()
    index.put({number: bag_of([text]) for number, text in TEXTS.items()})
    return index


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("they take all our houses and housing", 1),
        ("der Migrant nimmt uns die Wohnung weg", 3),
        ("لا للهجرة", 4),
        ("هجرةٌ", 4),  # marks of vowels and the article make no other word
        ("où est l'air", 8),
        ("EVIDENCE!!!", 7),
    ],
)
def test_inflections_articles_and_capitals_meet(words: WordIndex, message: str, number: int) -> None:
    assert words.match(message).nearest(1) == [number]


@pytest.mark.parametrize("message", ["", "🙄🙄", "zzz qqq", "?!"])
def test_nothing_in_common_finds_nothing(words: WordIndex, message: str) -> None:
    assert words.match(message).nearest(5) == []
    assert set(words.match(message).of([1, 2, 3]).values()) == {0.0}


def test_what_nearly_all_say_counts_for_nothing_beside_a_telling_word() -> None:
    index = WordIndex()
    index.put({n: bag_of([f"they say something number{n} again"]) for n in range(20)})
    index.put({20: bag_of(["a plain word about mosques"])})
    assert index.match("they say something about mosques again").nearest(1) == [20]


def test_changes_count_at_once_before_and_after_all_is_sorted_anew(words: WordIndex) -> None:
    words.put({9: bag_of(["Bicycles for everybody"])})
    words.put({1: bag_of(["Quite another text about trains"])})
    words.remove([5, 77])
    for more in (0, 400):  # few changes are looked through, many are sorted in
        words.put({100 + n: bag_of([f"filler{n}"]) for n in range(more)})
        assert words.match("bicycles").nearest(3) == [9]
        assert words.match("housing").nearest(3) == []
        assert words.match("train").nearest(3) == [1]
        assert words.match("illegal").nearest(3) == []
        assert words.match("illegal").of([5]) == {}


def test_what_is_written_is_read_again_and_half_a_file_is_not(words: WordIndex, tmp_path: Path) -> None:
    path = tmp_path / "words.npz"
    words.write(path)
    again = WordIndex.read(path)
    assert len(again) == len(words)
    for message in ("housing", "Migrant", "هجرة"):
        assert again.match(message).nearest(3) == words.match(message).nearest(3)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match="whole"):
        WordIndex.read(path)
    WordIndex().write(path)
    assert WordIndex.read(path).match("housing").nearest(3) == []


def test_words_are_those_of_the_text() -> None:
    assert words_of("Straße, STRASSE & l'Été 42!") == ["stras", "stras", "été", "42"]
