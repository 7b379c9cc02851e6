"""What is read in a reply: signs, likeness and screening, each with the words that made it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, cast

import pytest

from courage.academy.errors import AcademyError
from courage.academy.fitting import fingerprint, read_exemplars
from courage.academy.likeness import Likeness, load_head
from courage.academy.reader import ReplyReader
from courage.academy.reply import ReplyReading
from courage.academy.signs import NAMES, signs
from courage.detection.verdict import Reason, Verdict
from courage.taxonomy import LANGUAGES, REPLY_KINDS

from .likeness import Told

CLAIM = {
    "en": "They take all the flats and we get nothing.",
    "de": "Die nehmen uns alle Wohnungen weg.",
    "fr": "Ils prennent tous les logements.",
    "ar": "هم يأخذون كل البيوت.",
}


def reader(classes: dict[str, tuple[str, float]] | None = None, subject: float = 1.0) -> ReplyReader:
    return ReplyReader(cast(Likeness, Told(classes, subject)), None)


def read(text: str, language: str = "en", **more: Any) -> ReplyReading:
    return reader().read(text, language, said=CLAIM[language], **more)


def words(reading: ReplyReading, measure: str) -> str:
    return " ".join(word for found in reading.why(measure) for word in found.words)


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("en", "You are such an idiot, Dave.", "idiot"),
        ("en", "Shut up, nobody wants to hear it.", "Shut up"),
        ("en", "Shut\u200b up, nobody wants to hear it.", "Shut up"),
        ("de", "Halt die Klappe, das will keiner hören.", "Halt die Klappe"),
        ("de", "Du Trottel.", "trottel"),
        ("fr", "Ferme-la, tu dis n'importe quoi.", "Ferme-la"),
        ("fr", "T’es qu’un abruti.", "abruti"),
        ("ar", "اخرس يا رجل.", "اخرس"),
        ("ar", "أنت غبي.", "غبي"),
    ],
)
def test_an_insult_is_named_by_its_word_and_sounds_harsh(language: str, text: str, word: str) -> None:
    reading = read(text, language)
    assert reading.insults
    assert reading.tone == "harsh"
    assert word in words(reading, "insults")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", 'Calling people "idiots" helps nobody, me included.'),
        ("en", "That is a stupid rumour, and it hurts people here."),
        ("de", "Mit „Idiot“ kommen wir hier nicht weiter, oder?"),
        ("fr", "« Imbécile » ne fait avancer personne, je crois."),
    ],
)
def test_a_quoted_insult_and_one_of_a_rumour_hit_nobody(language: str, text: str) -> None:
    assert not read(text, language).insults


@pytest.mark.parametrize(
    ("language", "text", "mark"),
    [
        ("en", "Somebody send this to his boss, he works at the garage on Mill Road.", "exposes"),
        ("en", "His number is 0151 4960 1234, ring him.", "exposes"),
        ("de", "Ich weiß, wo du wohnst, Dieter.", "exposes"),
        ("fr", "Je sais où tu habites.", "exposes"),
        ("ar", "أعرف أين تسكن يا رامي.", "exposes"),
        ("en", "You'll regret this.", "threatens"),
        ("de", "Das wirst du noch bereuen.", "threatens"),
        ("fr", "Tu vas le regretter.", "threatens"),
        ("ar", "ستندم على هذا.", "threatens"),
        ("en", "To be fair, they really take the flats.", "repeats"),
        ("de", "Da hat er schon recht, die kriegen alles.", "repeats"),
        ("fr", "C'est vrai que les gens en ont assez.", "repeats"),
        ("ar", "بصراحة معه حق.", "repeats"),
        ("en", "You should be ashamed of yourself.", "preaches"),
        ("de", "Schäm dich.", "preaches"),
        ("fr", "Éduque-toi un peu.", "preaches"),
        ("ar", "عليك أن تتعلم أولا.", "preaches"),
    ],
)
def test_what_comes_back_and_what_helps_nobody_is_seen(language: str, text: str, mark: str) -> None:
    # A sign counts where the reply is a little like its class, too.
    reading = reader({"": (mark, 0.2)}).read(text, language, said=CLAIM[language])
    assert mark in reading.marks
    assert words(reading, mark)


@pytest.mark.parametrize(
    ("language", "text", "mark"),
    [
        ("en", "Please don't post his address here.", "exposes"),
        ("de", "Bitte nicht seine Adresse posten.", "exposes"),
        ("en", "Isn't it possible that you aren't right about them?", "repeats"),
        ("en", "@moderators could you look at this please?", "exposes"),
    ],
)
def test_who_asks_others_not_to_do_it_does_not_do_it(language: str, text: str, mark: str) -> None:
    assert mark not in read(text, language).marks


def test_what_one_tells_of_oneself_is_no_exposure_of_others() -> None:
    reading = read("Ring me, my number is 0151 4960 1234.")
    assert reading.personal_data
    assert "0151" in words(reading, "personal_data")
    assert not reading.exposes


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("en", "Where did you hear that?", "ask"),
        ("de", "Wie kommst du darauf?", "ask"),
        ("fr", "Tu as entendu ça où ?", "ask"),
        ("ar", "لماذا تظن ذلك؟", "ask"),
        ("en", "I don't see it like that.", "counter"),
        ("en", "I've told the moderators.", "report"),
        ("de", "Ich gebe das an die Moderation weiter.", "report"),
        ("fr", "J'ai prévenu les modérateurs.", "report"),
        ("ar", "أخبرت المشرفين.", "report"),
        ("en", "Not here, please, we have rules.", "boundary"),
        ("en", "There's a helpline, they listen.", "refer"),
    ],
)
def test_the_kind_of_a_plain_reply(language: str, text: str, kind: str) -> None:
    assert read(text, language).kind == kind


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "Noor, I'm with you.", "Noor"),
        ("de", "Leyla, ich steh zu dir.", "Leyla"),
        ("fr", "Inès, je suis avec toi.", "Inès"),
        ("ar", "يا نور، أنا معك.", "نور"),
    ],
)
def test_who_speaks_to_the_person_hit_supports_them(language: str, text: str, name: str) -> None:
    reading = read(text, language, person_hit=name, cast=[name, "Sam"])
    assert (reading.kind, reading.names_person_hit, reading.tone) == ("support", True, "warm")


def test_a_name_inside_another_word_names_nobody() -> None:
    assert not read("Northern buses are late.", person_hit="Nor").names_person_hit


def test_likeness_alone_has_to_be_sure_of_a_lecture() -> None:
    lecture = "Consider how a society holds together."
    assert not reader({"Consider": ("preaches", 0.4)}).read(lecture, "en").preaches
    sure = reader({"Consider": ("preaches", 0.7)}).read(lecture, "en")
    assert sure.preaches
    assert "Consider" in words(sure, "preaches")


def test_another_subject_is_off_topic_only_where_it_is_far_from_what_was_said() -> None:
    text = "Who has seen my ladder?"
    far = reader({"ladder": ("off_topic", 0.8)}, subject=0.0).read(text, "en", said=CLAIM["en"])
    assert (far.off_topic, far.kind) == (True, "other")
    near = reader({"ladder": ("off_topic", 0.8)}, subject=0.9).read(text, "en", said=CLAIM["en"])
    assert not near.off_topic


def test_a_picture_alone_answers_nothing() -> None:
    assert read("🤷").off_topic


def test_the_narrative_said_again_to_deny_it_is_noted_and_is_no_mark() -> None:
    reading = read("No, they don't take all the flats and we get nothing.")
    assert not reading.repeats
    assert "take all the flats" in words(reading, "repeats")
    quoted = read('"They take all the flats" is what everybody says and nobody has seen.')
    assert not quoted.why("repeats")


def test_figures_want_a_source() -> None:
    assert words(read("90% of them work."), "figures") == "90%"
    assert not read("90% of them work, says example.org: https://example.org/work").why("figures")


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("haha good one, but no", "light"),
        ("I THINK THAT IS WRONG", "harsh"),
        ("No. That is not okay.", "firm"),
    ],
)
def test_the_tone_is_heard(text: str, tone: str) -> None:
    assert read(text).tone == tone


def screened(flag: str, category: str, route: str = "counter", frame: str = "") -> ReplyReader:
    """Return a reader whose screening says the same of everything."""

    def screen(texts: Sequence[str], language: str) -> list[Verdict]:
        reasons = (Reason("frame", frame),) if frame else ()
        flags = {"quiet": flag} if flag else {}
        return [
            Verdict(text, bool(flag), 0.9, category, 2, (), language, route, reasons, "", flags)
            for text in texts
        ]

    return ReplyReader(cast(Likeness, Told({"pack": ("repeats", 0.3)})), screen)


def test_hate_in_the_reply_itself_is_repeated_hate() -> None:
    reading = screened("hateful", "animosity").read("They should all pack their things.", "en")
    assert reading.repeats
    assert reading.why("repeats")[0].code == "repeats.screened"
    called = screened("hateful", "dehumanisation").read("They should all pack their things.", "en")
    assert called.insults


def test_screening_reproaches_nobody_with_what_is_quoted_or_flagged_in_watchful_rooms_only() -> None:
    assert (
        not screened("hateful", "animosity", frame="quoted").read("They should pack, he said.", "en").repeats
    )
    assert not screened("", "animosity").read("They should all pack their things.", "en").repeats


@pytest.mark.parametrize(
    ("text", "language", "says"),
    [
        ("   \u200b ", "en", "empty"),
        ("a" * 1001, "en", "1001 characters; at most 1000"),
        ("hallo", "nl", "'nl' is none of them"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_is_allowed(text: str, language: str, says: str) -> None:
    with pytest.raises(AcademyError, match=says):
        reader().read(text, language)


@pytest.mark.parametrize(
    "text", ["‮‭﷽" * 50, "?" * 1000, "😀" * 400, "a.b.c." * 160, "\ud800", "1" * 900, "you " * 240]
)
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    for language in LANGUAGES:
        with contextlib.suppress(AcademyError):
            reading = reader().read(text, language, said=text, person_hit="(", cast=["[", "*"])
            assert reading.kind in REPLY_KINDS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_all_signs_and_labelled_replies(language: str) -> None:
    assert set(signs(language)) == set(NAMES)
    by_kind: dict[str, int] = {}
    for one in read_exemplars(language):
        assert one.kind is not None
        by_kind[one.kind] = by_kind.get(one.kind, 0) + 1
    wanted = ("insults", "exposes", "preaches", "repeats", "threatens", "off_topic", "report", "ask")
    assert min(by_kind[name] for name in wanted) >= 25


def test_what_is_shipped_was_fitted_on_the_labelled_replies_there_are() -> None:
    assert load_head().examples == fingerprint(), "labelled replies changed: run `courage academy fit`"
