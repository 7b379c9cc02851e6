"""People find responses however they spell what they look for, and by meaning where no word is the same."""

from __future__ import annotations

import pytest

from courage.db.folding import fold
from courage.library.reading import LibraryReader
from courage.library.search.meaning import MeaningSearch
from tests.unit.library.conftest import CHLOE, Kit


@pytest.mark.parametrize(
    ("typed", "written", "language"),
    [
        ("انسان", "كل إنسان له كرامة.", "ar"),
        ("إنسان", "كل انسان له كرامة.", "ar"),
        ("مدرسه", "هذه مدرسة للجميع.", "ar"),
        ("علي", "الحكم على الناس صعب.", "ar"),
        ("كرامة", "كَرَامَة الجميع.", "ar"),
        ("fluechtlinge", "Flüchtlinge sind Menschen.", "de"),
        ("Flüchtlinge", "Fluechtlinge sind Menschen.", "de"),
        ("fluchtlinge", "Flüchtlinge sind Menschen.", "de"),
        ("strasse", "Wer auf der Straße lebt, hat das selten gewählt.", "de"),
        ("refugies", "Les réfugiés fuient la guerre.", "fr"),
        ("réfugiés", "Les refugies fuient la guerre.", "fr"),
        ("coeur", "Cela vient du cœur.", "fr"),
        ("cœur", "Cela vient du coeur.", "fr"),
        ("homme", "L’homme de la rue.", "fr"),
        ("don't", "We don’t know them all.", "en"),
        ("don’t", "We don't know them all.", "en"),
        ("dont", "We don’t know them all.", "en"),
        ("que", "What is that queue about?", "en"),
    ],
)
def test_spelling_does_not_matter(kit: Kit, typed: str, written: str, language: str) -> None:
    added = kit.approved(written, language=language)
    kit.approved("Something else altogether.", strategy="facts")
    assert [found.id for found in kit.library.search(typed)] == [added.id]
    for end in range(3, len(typed)):  # while somebody types
        assert added.id in {found.id for found in kit.library.search(typed[:end])}, typed[:end]


def test_other_words_stay_other_words() -> None:
    assert fold("Mauer") != fold("Maurer")
    assert fold("سلام") != fold("كلام")
    assert fold("côté") != fold("conté")


def test_by_meaning_what_words_do_not_find(kit: Kit) -> None:
    near = kit.approved("Our hospitals would close without them.", narratives=("foreigners take our jobs",))
    far = kit.approved("Ask the chess club.", narratives=("nobody plays chess any more",))
    meaning = MeaningSearch(kit.index, LibraryReader(kit.library.sessions, kit.clock))
    words = "do foreigners steal jobs"
    assert kit.library.search(words) == []
    found = meaning.find(words, "en")
    assert found[0].id == near.id
    assert near.id not in {response.id for response in meaning.find(words, "en", without={near.id})}
    assert meaning.find(words, "en", filters={"language": "de"}) == []
    assert meaning.find("  ", "en") == []
    kit.library.retire(near.id, by=CHLOE)
    assert [response.id for response in meaning.find(words, "en")] == [far.id]
