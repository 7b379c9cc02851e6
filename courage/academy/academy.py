"""The academy as the desk and chats use it: what there is, runs of it, and what is said about replies.

A person practises in their own practice space; suggestions come from the library of the organisation that they practise
for and nothing flows back: no counts, no learning, no cases.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from courage.academy.disputes import Disputes
from courage.academy.drills import UNDER_WAY, Drills, DrillView, NewTurn
from courage.academy.errors import AcademyError, NoAnswer
from courage.academy.exercises import Card, Exercise, LimitsCase, SourceCheck, SpotTheHate
from courage.academy.feedback import Coach, Example, Feedback, measures
from courage.academy.own import OwnScenarios
from courage.academy.play import Step, step
from courage.academy.reader import ReplyReader, Screen
from courage.academy.records import feedback_values, reading_of, reading_values
from courage.academy.reply import REPORT, SILENCE, ReplyReading
from courage.academy.scenario import Scenario
from courage.academy.shelf import Shelf
from courage.people.practice import PracticeSpaces
from courage.people.views import PersonView

SUGGESTIONS: Final = 3
#: What the buttons beside the reply mean.
BUTTONS: Final = {"silence": SILENCE, "report": REPORT}


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer to an exercise: what was chosen, and whether it was right (``None``: neither right nor wrong)."""

    chosen: str
    right: bool | None


class Academy:
    """Plays scenarios and exercises with one person at a time. Synchronous; the parts that load models wait for them.

    :param reader: makes the reader of replies when the first reply comes.
    :param screen: screens texts in a known language.
    """

    def __init__(
        self,
        shelf: Shelf,
        own: OwnScenarios,
        drills: Drills,
        disputes: Disputes,
        coach: Coach,
        spaces: PracticeSpaces,
        reader: Callable[[], ReplyReader],
        screen: Screen,
    ) -> None:
        self.shelf = shelf
        self.own = own
        self.drills = drills
        self.disputes = disputes
        self._coach = coach
        self._spaces = spaces
        self._make_reader = reader
        self._screen = screen
        self._reader: ReplyReader | None = None
        self._lock = threading.Lock()

    # scenarios

    def begin(self, person: PersonView, scenario_id: str, *, shown: bool = False) -> DrillView:
        """Begin a scenario, or go on with the run that is under way.

        :raises NoSuchExercise: if there is no such scenario.
        """
        scenario = self.shelf.of(person.organisation_id).scenario(scenario_id)
        return self.drills.start(
            person.id, "scenarios", scenario.id, scenario.language, scenario.start, shown=shown
        )

    def reply(self, person: PersonView, drill: DrillView, turn: int, text: str) -> DrillView:
        """Take a reply in the person's own words and go on.

        :raises AcademyError: if the reply cannot be read, or the run is over or elsewhere by now.
        """
        scenario = self._playing(person, drill)
        read = self._read(scenario, drill.scene, text)
        return self._go_on(person, scenario, drill, turn, read, text.strip())

    def _read(self, scenario: Scenario, scene: str, text: str) -> ReplyReading:
        return self.reader().read(
            text,
            scenario.language,
            said=scenario.said_in(scene),
            person_hit=scenario.person_hit(),
            cast=scenario.names(),
        )

    def press(self, person: PersonView, drill: DrillView, turn: int, button: str) -> DrillView:
        """Say nothing (``silence``) or tell the moderators (``report``) and go on.

        :raises AcademyError: if there is no such button, or the run is over.
        """
        if button not in BUTTONS:
            raise AcademyError(f"there is no button {button!r}; allowed: {', '.join(BUTTONS)}")
        scenario = self._playing(person, drill)
        return self._go_on(person, scenario, drill, turn, BUTTONS[button], None)

    def suggestions(self, person: PersonView, drill: DrillView) -> tuple[Example, ...]:
        """Return responses of the library to start from."""
        scenario = self._playing(person, drill)
        said = scenario.said_in(drill.scene)
        return self._coach.examples(
            said,
            self._screen([said], scenario.language)[0],
            language=scenario.language,
            organisation_id=person.organisation_id,
            role=person.role,
            limit=SUGGESTIONS,
        )

    def _playing(self, person: PersonView, drill: DrillView) -> Scenario:
        scenario = self.shelf.of(person.organisation_id).scenario(drill.exercise_id)
        if drill.state != UNDER_WAY:
            raise AcademyError("this run is over; begin it anew to play it again")
        if drill.scene not in scenario.scenes:
            raise AcademyError("this scenario was rewritten meanwhile; leave this run and begin it anew")
        return scenario

    def _go_on(
        self,
        person: PersonView,
        scenario: Scenario,
        drill: DrillView,
        turn: int,
        read: ReplyReading,
        text: str | None,
    ) -> DrillView:
        taken, feedback = self._step(person, scenario, drill.scene, read, _examples_so_far(drill))
        end = scenario.scenes[taken.scene].end
        return self.drills.add(
            person.id,
            drill.id,
            NewTurn(
                turn,
                drill.scene,
                text,
                reading_values(read),
                feedback_values(feedback),
                taken.because,
                taken.scene,
                ended=taken.ended,
                outcome=None if end is None else end.outcome,
            ),
        )

    def _step(
        self,
        person: PersonView,
        scenario: Scenario,
        scene: str,
        read: ReplyReading,
        without: Sequence[str] = (),
    ) -> tuple[Step, Feedback]:
        said = scenario.said_in(scene)
        feedback = self._coach.feedback(
            read,
            said=said,
            verdict=self._screen([said or " "], scenario.language)[0],
            language=scenario.language,
            organisation_id=person.organisation_id,
            role=person.role,
            without=tuple(without),
        )
        return step(scenario, scene, read), feedback

    def try_out(
        self, person: PersonView, scenario: Scenario, scene: str, given: str, text: str
    ) -> tuple[ReplyReading, Step, Feedback]:
        """Say where a reply in a scene of a scenario leads, for whoever writes it; nothing of it is kept.

        :param given: ``reply`` (then ``text`` is what was written) or one of :data:`BUTTONS`.
        :raises AcademyError: if there is no such scene, it is an end, or the reply cannot be read.
        """
        if scene not in scenario.scenes:
            raise AcademyError("this scenario was rewritten meanwhile; begin it anew")
        read = BUTTONS[given] if given in BUTTONS else self._read(scenario, scene, text)
        return read, *self._step(person, scenario, scene, read)

    def reader(self) -> ReplyReader:
        """Return the reader of replies; the first call loads what it needs."""
        with self._lock:
            if self._reader is None:
                self._reader = self._make_reader()
            return self._reader

    def dispute(self, person: PersonView, drill: DrillView, turn: int, words: str) -> None:
        """Show one reply and its grades to the trainers of the person's organisation, with the person's own words.

        :raises AcademyError: if that turn has no reply of the person's own, or the words are missing.
        """
        found = next((one for one in drill.turns if one.number == turn), None)
        if found is None or found.reply is None:
            raise AcademyError(f"turn {turn} has no reply of your own that trainers could look at")
        grades = {one.name: one.grade for one in measures(reading_of(found.reading))}
        self.disputes.add(
            organisation_id=person.organisation_id,
            person_id=person.id,
            exercise_id=drill.exercise_id,
            scene=found.scene,
            turn=turn,
            language=drill.language,
            reply=found.reply,
            grades=grades,
            words=words,
        )

    # exercises

    def answer(self, person: PersonView, kind: str, exercise_id: str, given: Sequence[str]) -> DrillView:
        """Keep the answer to an exercise as a run of one turn.

        :param given: the option's number (from 1), of "spot the hate" ``hate`` or ``no_hate``, of "check the source" the
            number chosen in each step.
        :raises AcademyError: if there is no such exercise or answer.
        """
        exercise = self.shelf.of(person.organisation_id).of(kind).get(exercise_id)
        if exercise is None or isinstance(exercise, Scenario):
            raise AcademyError(f"there is no exercise {exercise_id[:80]!r}; /academy lists what there is")
        judged = judge(exercise, given)
        drill = self.drills.start(person.id, kind, exercise_id, exercise.language, "")
        right = [one.right for one in judged]
        outcome = "good" if all(right) else "hard" if set(right) == {False} else "mixed"
        return self.drills.add(
            person.id,
            drill.id,
            NewTurn(
                drill.next_turn,
                "",
                None,
                {"chosen": [one.chosen for one in judged], "right": right},
                {},
                ended=True,
                outcome=outcome,
            ),
        )


def judge(exercise: Exercise, given: Sequence[str]) -> list[Judged]:
    """Return what was chosen in an exercise and whether it was right; a possible answer is neither.

    :raises AcademyError: naming what is allowed.
    """
    match exercise:
        case SpotTheHate():
            if not given or given[0] not in ("hate", "no_hate"):
                raise NoAnswer("choose an answer; allowed: hate, no_hate")
            return [Judged(given[0], given[0] == exercise.answer)]
        case Card() | LimitsCase():
            verdict = exercise.options[_number(given, 0, len(exercise.options)) - 1].verdict
            return [Judged(given[0], None if verdict == "possible" else verdict == "best")]
        case SourceCheck():
            found = []
            for place, one in enumerate(exercise.steps):
                number = _number(given, place, len(one.options))
                found.append(Judged(str(number), one.options[number - 1].right))
            return found


def _number(given: Sequence[str], place: int, most: int) -> int:
    value = given[place] if place < len(given) else ""
    if not (value.isascii() and value.isdigit() and len(value) < 3 and 1 <= int(value) <= most):
        raise NoAnswer(f"choose one of the answers; allowed: 1 to {most}")
    return int(value)


def _examples_so_far(drill: DrillView) -> tuple[str, ...]:
    return tuple(example[0] for turn in drill.turns for example in turn.feedback.get("examples", ()))
