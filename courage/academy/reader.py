"""What kind of reply something is: plain signs, likeness to labelled replies, and the product's own screening.

Three witnesses are heard, and none decides alone where it is often wrong. A sign (words that one sees) adds to the
likeness (a probability of each class, of the reply and of each of its sentences); screening says whether the reply
itself spreads hate. For what could come back at the volunteer (insults, threats, giving somebody away) a weak witness is
enough; a lecture or a change of subject needs a strong one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

import numpy as np

from courage.academy import private, signs
from courage.academy.errors import AcademyError, ReplyNotRead
from courage.academy.judging import Judged
from courage.academy.likeness import Likeness
from courage.academy.manner import strategy_of, tone_of
from courage.academy.reply import SHORT, Found, ReplyReading
from courage.academy.unsafe import contacts, insult_words, names_in, told_of_oneself
from courage.detection.text.sentences import sentences
from courage.detection.verdict import Verdict
from courage.taxonomy import LANGUAGES, NARRATIVE, REPLY_KINDS

#: Characters of a reply that are read; what is longer is no reply in a chat.
LONGEST: Final = 1000
MOST_SENTENCES: Final = 12
#: What a sign adds to the log probability of its class.
SIGN: Final = 2.5
#: How likely a mark must be by what was learnt from people's judgements; with a sign of it less is enough. Chosen by holding
#: out fifths of the judged replies.
LEAST: Final = {
    "insults": 0.35,
    "threatens": 0.35,
    "exposes": 0.35,
    "repeats": 0.5,
    "preaches": 0.5,
    "off_topic": 0.5,
}
LEAST_SIGNED: Final = {"insults": 0.05, "threatens": 0.05, "exposes": 0.1, "repeats": 0.15, "preaches": 0.15}
_WELL_MEANT: Final = ("support", "refer", "report", "bystander", "de_escalate", "check")
#: How likely people must call a reply not safe, where no single thing that comes back is likely enough.
UNSAFE: Final = 0.35
#: From how likely on a reply is not called safe either, though nothing is held against it.
DOUBTFUL: Final = 0.2
#: How likely a grade must be that is given against what was found.
SURE: Final = 0.5
COMES_BACK: Final = ("insults", "exposes", "threatens")
#: How near what is called off the subject may come to what was said.
SAME_SUBJECT: Final = 0.35
#: How likely a mark that screening suggests must be besides, where the reply opposes something.
LIKELY_BESIDES: Final = 0.2
LIKELY_A_THREAT: Final = 0.6
#: Categories of screening in which the reply itself calls people something.
CALLED_NAMES: Final = frozenset({"slur", "derogation", "dehumanisation"})
#: Characters before a sign in which "please don't" takes it back.
_TAKEN_BACK: Final = 30
_INVISIBLE: Final = frozenset({"Cf", "Cc", "Co", "Cs"})

Screen = Callable[[Sequence[str], str], Sequence[Verdict]]
"""Screens texts in a language that is known."""


@dataclass(slots=True)
class _Evidence:
    """What is known of a reply: its text as read, its pieces (the first is the whole), and what each is like."""

    text: str
    language: str
    pieces: list[str]
    names: tuple[str, ...]
    likely: np.ndarray  # probabilities, shape (pieces, names)
    signed: dict[str, tuple[str, ...]]
    judged: Judged
    cues: Mapping[str, str]

    def most(self, name: str) -> tuple[float, str]:
        """Return how likely a class is in the likeliest piece, and that piece."""
        if name not in self.names:
            return 0.0, ""
        column = self.likely[:, self.names.index(name)]
        row = int(column.argmax())
        return float(column[row]), self.pieces[row]


class ReplyReader:
    """Reads replies of training. Synchronous and thread-safe; keeps nothing of what it reads.

    :param likeness: what replies are like.
    :param screen: the product's own screening, or ``None`` where a reader without it will do.
    """

    def __init__(self, likeness: Likeness, screen: Screen | None) -> None:
        self._likeness = likeness
        self._screen = screen

    def read(
        self,
        text: str,
        language: str,
        *,
        said: str = "",
        person_hit: str | None = None,
        cast: Sequence[str] = (),
    ) -> ReplyReading:
        """Return what a reply does.

        :param language: in which the conversation is.
        :param said: the hateful text that is answered.
        :param person_hit: the name of the person whom it hits.
        :param cast: names of everybody in the conversation.
        :raises AcademyError: if the reply is empty, too long, or in a language that training does not have.
        """
        if language not in LANGUAGES:
            raise AcademyError(
                f"replies are read in {', '.join(LANGUAGES)}; {str(language)[:20]!r} is none of them"
            )
        clean = cleaned(text)
        if not clean:
            raise ReplyNotRead("the reply is empty; to say nothing is a button of its own")
        if len(clean) > LONGEST:
            raise ReplyNotRead(f"the reply has {len(clean)} characters; at most {LONGEST} are read")
        pieces = _pieces(clean)
        tables = self._likeness.read(pieces)
        names, logs = tables["kinds"]
        judged = self._likeness.judge(clean, language, said=said, person_hit=person_hit, cast=cast)
        everybody = [*cast, *([person_hit] if person_hit else [])]
        cues = private.cues(clean, language, everybody)
        evidence = _Evidence(
            clean, language, pieces, names, np.exp(logs), _signed(clean, language), judged, cues
        )
        reasons: list[Found] = []
        marks = {
            "insults": _insults(evidence, reasons),
            "exposes": _exposes(evidence, reasons),
            "threatens": _plainly(evidence, "threatens", reasons),
            "repeats": _repeats(evidence, said, reasons),
            "preaches": _plainly(evidence, "preaches", reasons),
        }
        if self._screen is not None:
            verdicts = self._screen(pieces, language)
            marks |= dict.fromkeys(_screened(verdicts, evidence, reasons), True)
        _either(evidence, marks, reasons)
        own = told_of_oneself(clean, language)
        reasons += [Found("personal_data.told", own)] if own else []
        named = names_in(clean, [person_hit] if person_hit else [])
        reasons += [Found("names_person_hit.name", named)] if named else []
        figure = signs.find("figures", language, signs.QUOTED.sub(" … ", clean))
        if figure and not signs.NAMES_SOURCE.search(clean):
            reasons.append(Found("figures.no_source", (figure,)))
        kind = self._kind(evidence, logs[0], marks, named, cast, person_hit)
        marks["off_topic"] = self._off_topic(evidence, said, kind, marks, reasons)
        if marks["off_topic"]:
            kind = "other"
        reasons.append(Found(f"kind.{kind}", evidence.signed.get(kind, ())))
        strategy = None
        if kind in ("counter", "ask"):
            strategy = "question" if kind == "ask" else strategy_of(clean, language, tables["strategies"])
            reasons.append(Found(f"strategy.{strategy}"))
        tone, why = tone_of(clean, language, kind, marks, tables["tones"])
        reasons.append(why)
        reasons += _graded(evidence, marks, bool(own))
        return ReplyReading(
            kind=kind,
            strategy=strategy,
            tone=tone,
            **marks,
            names_person_hit=bool(named),
            personal_data=bool(own),
            length="short" if len(clean) <= SHORT else "long",
            reasons=tuple(reasons),
        )

    def _kind(
        self,
        evidence: _Evidence,
        logs: np.ndarray,
        marks: Mapping[str, bool],
        named: Sequence[str],
        cast: Sequence[str],
        person_hit: str | None,
    ) -> str:
        """Return the likeliest kind; where a reply is mostly something else, only a sign makes it one."""
        scores = {name: float(logs[place]) for place, name in enumerate(evidence.names)}
        for name in signs.CLASSES:
            if evidence.signed.get(name) and name in scores:
                scores[name] += SIGN
        second = signs.find("second_person", evidence.language, evidence.text) is not None
        if named and (second or evidence.text.casefold().startswith(named[0].casefold())):
            scores["support"] = scores.get("support", -9.0) + SIGN
        others = names_in(evidence.text, [name for name in cast if name != person_hit])
        if others and evidence.signed.get("bystander"):
            scores["bystander"] = scores.get("bystander", -9.0) + SIGN
        own = evidence.pieces[1:] or evidence.pieces
        said_plainly = any(evidence.signed.get(name) for name in REPLY_KINDS)
        if not said_plainly and all(signs.QUESTION.search(piece) for piece in own):
            scores["ask"] = scores.get("ask", -9.0) + SIGN * (1.0 if len(evidence.text) <= SHORT else 0.4)
        kinds = {name: score for name, score in scores.items() if name in REPLY_KINDS}
        best = max(kinds, key=lambda name: kinds[name])
        other = max((score for name, score in scores.items() if name not in kinds), default=-9.0)
        if kinds[best] >= other - SIGN / 2:
            return best
        # A lecture and an insult answer what was said, however badly; giving somebody away or repeating it do not.
        return "counter" if marks["preaches"] and not marks["exposes"] else "other"

    def _off_topic(
        self,
        evidence: _Evidence,
        said: str,
        kind: str,
        marks: Mapping[str, bool],
        reasons: list[Found],
    ) -> bool:
        if any(marks.values()) or (kind not in ("counter", "other") and evidence.signed.get(kind)):
            return False
        likely = evidence.judged.marks["off_topic"]
        wordless = not re.search(r"[^\W\d_]{2,}", evidence.text)
        if not wordless and likely < LEAST["off_topic"]:
            return False
        if said and not wordless and float(self._likeness.near(evidence.text, [said])[0]) >= SAME_SUBJECT:
            return False
        reasons.append(Found("off_topic.like", (evidence.text[:80],)))
        return True


def cleaned(text: str) -> str:
    """Return a text as it is read: composed characters, no invisible ones, single blanks."""
    shown = "".join(
        " " if character == "\t" else character
        for character in unicodedata.normalize("NFKC", text)
        if character in "\n\t" or unicodedata.category(character) not in _INVISIBLE
    )
    lines = [" ".join(line.split()) for line in shown.split("\n")]
    return "\n".join(line for line in lines if line)


def _pieces(text: str) -> list[str]:
    """Return the text, and after it its sentences where there are several."""
    parts = [text[begin:end] for begin, end in sentences(text, MOST_SENTENCES)]
    return [text, *(part for part in parts if re.search(r"\w", part))] if len(parts) > 1 else [text]


def _signed(text: str, language: str) -> dict[str, tuple[str, ...]]:
    """Return the words of each class that one sees, those in quotation marks left out."""
    own = signs.QUOTED.sub(" … ", text)
    hits: dict[str, tuple[str, ...]] = {}
    for name in signs.CLASSES:
        words = signs.find(name, language, own)
        if words is None:
            continue
        start = signs.place(name, language, own)
        before = re.split(r"[.!?؟]", own[max(0, start - _TAKEN_BACK) : start])[-1]
        if name in ("exposes", "threatens") and signs.find("denied", language, before) is not None:
            continue  # "please don't post his address"
        hits[name] = (words,)
    return hits


def _plainly(evidence: _Evidence, name: str, reasons: list[Found]) -> bool:
    """Say whether a reply has a mark, by a sign that likeness bears out or by likeness alone."""
    likely = evidence.judged.marks[name]
    words = evidence.signed.get(name)
    if words and likely >= LEAST_SIGNED[name]:
        reasons.append(Found(f"{name}.words", words))
        return True
    if likely >= LEAST[name]:
        reasons.append(Found(f"{name}.like", (evidence.most(name)[1][:120],)))
        return True
    return False


def _insults(evidence: _Evidence, reasons: list[Found]) -> bool:
    words = insult_words(evidence.text, evidence.language)
    if words:
        reasons.append(Found("insults.word", words))
        return True
    return _plainly(evidence, "insults", reasons)


def _exposes(evidence: _Evidence, reasons: list[Found]) -> bool:
    words = contacts(evidence.text)
    if words:
        reasons.append(Found("exposes.contact", words))
        return True
    if not _plainly(evidence, "exposes", reasons):
        return False
    # What is private in it is named, where one sees it: whose work, home, health …
    for cue, told in evidence.cues.items():
        matter = cue.split(".")[0]
        if matter in private.NAMED and not any(one.code == f"exposes.{matter}" for one in reasons):
            reasons.append(Found(f"exposes.{matter}", (told,)))
    return True


def _repeats(evidence: _Evidence, said: str, reasons: list[Found]) -> bool:
    """Say whether a reply grants the narrative; that it repeats it to deny it is noted, and is no mark."""
    if _plainly(evidence, "repeats", reasons):
        return True
    shared = _shared(evidence.text, said)
    if len(shared) >= 4 and signs.find("opposes", evidence.language, evidence.text) is not None:
        reasons.append(Found("repeats.denied", (" ".join(shared[:8]),)))
    return False


def _shared(text: str, said: str) -> list[str]:
    """Return the longest run of words that a reply takes from what was said, quotations left out."""
    mine = re.findall(r"\w+", signs.QUOTED.sub(" … ", text).casefold())
    theirs = re.findall(r"\w+", said.casefold())
    run = SequenceMatcher(None, mine, theirs, autojunk=False).find_longest_match()
    return mine[run.a : run.a + run.size]


def _either(evidence: _Evidence, marks: dict[str, bool], reasons: list[Found]) -> None:
    """Mark what comes back at people where each kind of it alone is too unlikely and all together are not."""
    if any(marks[name] for name in COMES_BACK) or evidence.judged.grades["safe"]["not_good"] < UNSAFE:
        return
    name = max(COMES_BACK, key=lambda one: evidence.judged.marks[one])
    marks[name] = True
    reasons.append(Found(f"{name}.like", (evidence.most(name)[1][:120],)))


def _graded(evidence: _Evidence, marks: Mapping[str, bool], own: bool) -> list[Found]:
    """Return the grades that people would most likely give, where one is likely enough and nothing plain stands against it."""
    found = []
    for measure, grades in evidence.judged.grades.items():
        likely = dict(grades)
        if measure == "safe":
            if own or any(marks[name] for name in COMES_BACK):
                continue  # what was found says so, and how likely it is makes it no better
            hurts = max(likely.pop("not_good"), *(evidence.judged.marks[name] for name in COMES_BACK))
            if hurts >= DOUBTFUL:
                likely["could_be_better"] = 1.0
        grade = max(likely, key=lambda one: likely[one])
        if likely[grade] >= SURE:
            found.append(Found(f"judged.{measure}.{grade}", (evidence.text[:120],)))
    return found


def _screened(verdicts: Sequence[Verdict], evidence: _Evidence, reasons: list[Found]) -> set[str]:
    """Return the marks that screening gives a reply: hate of one's own, threats, a narrative that is spread on.

    Screening is made for messages, not for replies to them: what opposes a narrative in its words is none of it, and a threat
    has to look like one besides.
    """
    marks: set[str] = set()
    for verdict, piece in zip(verdicts, evidence.pieces, strict=True):
        if any(reason.kind == "frame" for reason in verdict.reasons) or signs.QUOTED.search(piece):
            continue
        opposes = signs.find("opposes", evidence.language, piece) is not None
        likely = max(evidence.most("repeats")[0], evidence.most("insults")[0])
        # What only a watchful room would flag is no ground to reproach somebody with.
        flag = verdict.by_sensitivity.get("quiet", "")
        if flag == "escalated":
            if not evidence.signed.get("threatens") and evidence.most("threatens")[0] < LIKELY_A_THREAT:
                continue
            mark = "threatens"
        elif flag == "hateful" and likely >= (LIKELY_BESIDES if opposes else LEAST_SIGNED["repeats"]):
            mark = "insults" if verdict.category in CALLED_NAMES else "repeats"
            marks.add("repeats")
        elif verdict.category == NARRATIVE and not opposes and likely >= LEAST_SIGNED["repeats"]:
            mark = "repeats"
        else:
            continue
        marks.add(mark)
        if not any(reason.code == f"{mark}.screened" for reason in reasons):
            reasons.append(Found(f"{mark}.screened", (piece[:120],)))
    return marks
