"""The academy: what there is to practise with, scenarios turn by turn, and the short exercises.

Everything here happens in the visitor's practice space. Harmful texts are hidden until somebody asks for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from courage.academy.academy import BUTTONS, Academy
from courage.academy.catalogue import Catalogue
from courage.academy.drills import ENDED, LEFT, UNDER_WAY, DrillView, TurnTaken
from courage.academy.errors import AcademyError, NoSuchExercise
from courage.academy.exercises import Exercise
from courage.academy.feedback import Example
from courage.academy.reader import LONGEST
from courage.academy.records import feedback_of
from courage.academy.scenario import Scenario
from courage.errors import CourageError
from courage.taxonomy import EXERCISES, LANGUAGES
from courage.web.errors import NotHere, there
from courage.web.keys import LANGUAGE, person, services
from courage.web.pages.readiness import path_of
from courage.web.reading import Form, choice, query, read_form
from courage.web.rendering import back, render

#: Exercises that are answered at once.
SHORT: Final = EXERCISES[1:]
RUNS: Final = 20
NEXT: Final = 3
STEPS: Final = ("reply", *BUTTONS, "suggest")


def academy_of(request: web.Request) -> Academy:
    """Return the academy.

    :raises NotHere: if this desk has none.
    """
    return there(services(request).academy, "this desk has no academy")


async def catalogue_of(request: web.Request) -> Catalogue:
    """Return what the visitor's organisation practises with."""
    return await asyncio.to_thread(academy_of(request).shelf.of, person(request).organisation_id)


async def academy(request: web.Request) -> web.Response:
    """List what there is, what comes next, and the visitor's own runs."""
    known, who = academy_of(request), person(request)
    catalogue = await catalogue_of(request)
    there = catalogue.languages()
    language = query(request, "language", LANGUAGES) or _own_language(request, there)
    runs = await asyncio.to_thread(known.drills.list, who.id)
    states = {run.exercise_id: run.state for run in reversed(runs) if run.state != LEFT}
    scenarios = catalogue.choose("scenarios", language=language)
    due = [one for one in scenarios if states.get(one.id) != ENDED]
    waiting = 0
    if who.role in ("trainer", "admin"):
        waiting = await asyncio.to_thread(known.disputes.count, who.organisation_id)
    return await render(
        request,
        "academy.html",
        page="academy",
        languages=there,
        chosen=language,
        scenarios=scenarios,
        states=states,
        due=due[:NEXT],
        short={
            kind: (sum(states.get(one.id) == ENDED for one in all_), len(all_))
            for kind in SHORT
            if (all_ := catalogue.choose(kind, language=language))
        },
        runs=[(run, _titled(catalogue, run)) for run in runs[:RUNS]],
        waiting=waiting,
        problems=len(catalogue.problems),
        said=request.query.get("said"),
    )


def _own_language(request: web.Request, there: tuple[str, ...]) -> str:
    wanted = (*person(request).languages, request[LANGUAGE])
    return next((code for code in wanted if code in there), there[0] if there else request[LANGUAGE])


def _titled(catalogue: Catalogue, run: DrillView) -> str:
    """Return the title of what a run was of; exercises without one are called by their number."""
    one = catalogue.of(run.kind).get(run.exercise_id)
    return getattr(one, "title", "") or run.exercise_id.rsplit("-", 1)[-1]


# scenarios


async def _scenario(request: web.Request) -> Scenario:
    try:
        return (await catalogue_of(request)).scenario(request.match_info["scenario_id"])
    except NoSuchExercise as error:
        raise NotHere(str(error)) from None


async def scenario(request: web.Request) -> web.Response:
    """Show a scenario: its beginning, or the visitor's run as it stands."""
    return await _play(request, said=request.query.get("said"))


async def _play(request: web.Request, http_status: int = 200, **context: Any) -> web.Response:
    one, who, known = await _scenario(request), person(request), academy_of(request)
    run = await asyncio.to_thread(known.drills.latest, who.id, one.id)
    mine = await asyncio.to_thread(known.disputes.mine, who.organisation_id, who.id, one.id)
    over = run is not None and run.state == ENDED
    shown: dict[str, Any] = {
        "mine": await path_of(request) if over else None,
        "typed": "", "taken": False, "suggested": (), "asking": False, "problem": None, "said": None, **context,
    }  # fmt: skip
    return await render(
        request,
        "academy_scenario.html",
        http_status,
        page="academy",
        scenario=one,
        run=run,
        scenes=[] if run is None else _so_far(one, run),
        rewritten=run is not None and run.scene not in one.scenes,
        feedback=feedback_of,
        disputes={(found.turn, found.reply): found for found in mine},
        longest=LONGEST,
        UNDER_WAY=UNDER_WAY,
        **shown,
    )


def _so_far(one: Scenario, run: DrillView) -> list[tuple[Any, Any]]:
    """Return the scenes that a run came through, each with the turn that answered it (``None``: the open one)."""
    found: list[tuple[Any, Any]] = [(one.scenes.get(turn.scene), turn) for turn in run.turns]
    return [*found, (one.scenes.get(run.scene), None)]


async def begin(request: web.Request) -> web.Response:
    """Begin a run, or begin anew after one that has ended."""
    one, form = await _scenario(request), await read_form(request)
    shown = form.text("shown") == "yes"
    await asyncio.to_thread(academy_of(request).begin, person(request), one.id, shown=shown)
    raise back(f"/academy/scenarios/{one.id}")


async def turn(request: web.Request) -> web.Response:
    """Take a reply or a button, or offer responses to start from."""
    known, who, form = academy_of(request), person(request), await read_form(request)
    one = await _scenario(request)
    step = choice("do", form.text("do"), STEPS, "reply")
    typed = form.text("text", max_length=20_000)
    try:
        run = await _run(request, form)
        if step == "suggest":
            found = await asyncio.to_thread(known.suggestions, who, run)
            return await _play(request, suggested=_or_none(found), typed=typed)
        if take := form.text("take"):  # a browser with scripts does that itself
            found = await asyncio.to_thread(known.suggestions, who, run)
            return await _play(
                request, suggested=_or_none(found), typed=_taken(typed, found, take), taken=True
            )
        number = form.number("turn")
        if step == "reply":
            await asyncio.to_thread(known.reply, who, run, number, typed)
        else:
            await asyncio.to_thread(known.press, who, run, number, step)
    except TurnTaken:
        pass  # a second click: the page shows what became of the first
    except CourageError as error:
        # What was typed stays in the field, whatever is wrong.
        return await _play(request, 400, problem=error, typed=typed)
    # What the browser kept of the reply is done with when the page says that it arrived.
    raise web.HTTPSeeOther(f"/academy/scenarios/{one.id}?said=academy_turn#now")


def _taken(typed: str, found: tuple[Example, ...], take: str) -> str:
    """Return the text with a suggestion in it; own words stay, an unchanged suggestion makes room."""
    texts = [one.text for one in found]
    chosen = next((text for place, text in enumerate(texts, start=1) if take == str(place)), "")
    own = typed.rstrip() if typed.strip() and typed not in texts else ""
    return "\n".join(part for part in (own, chosen) if part)


def _or_none(found: tuple[Example, ...]) -> tuple[Example, ...] | None:
    """Return suggestions; ``None`` says that there are none, and not that nobody asked."""
    return found or None


async def _run(request: web.Request, form: Form) -> DrillView:
    """Return the visitor's run that a form is about."""
    return await asyncio.to_thread(academy_of(request).drills.get, person(request).id, form.number("run"))


async def show(request: web.Request) -> web.Response:
    """Show harmful texts of this run, or hide them again."""
    form = await read_form(request)
    run, shown = await _run(request, form), form.text("shown") != "no"
    await asyncio.to_thread(academy_of(request).drills.show, person(request).id, run.id, shown=shown)
    raise back(f"/academy/scenarios/{(await _scenario(request)).id}#now")


async def leave(request: web.Request) -> web.Response:
    """End a run: ask whether to keep or delete it, then do that."""
    form = await read_form(request)
    run, keep = await _run(request, form), form.text("keep")
    if keep not in ("yes", "no"):
        return await _play(request, asking=True)
    await asyncio.to_thread(academy_of(request).drills.leave, person(request).id, run.id, keep=keep == "yes")
    raise back("/academy", "academy_kept" if keep == "yes" else "academy_deleted")


async def dispute(request: web.Request) -> web.Response:
    """Show one reply to the trainers, with the visitor's consent and own words."""
    form = await read_form(request)
    words = form.text("words", max_length=20_000)
    try:
        run, number = await _run(request, form), form.number("turn")
        if form.text("consent") != "yes":
            raise AcademyError(
                "tick that trainers may read this reply; without it nothing is sent", say="academy.tick_first"
            )
        await asyncio.to_thread(academy_of(request).dispute, person(request), run, number, words)
    except CourageError as error:
        return await _play(request, 400, problem=error)
    raise back(f"/academy/scenarios/{(await _scenario(request)).id}", "academy_disputed")


async def delete(request: web.Request) -> web.Response:
    """Delete one of the visitor's runs for good."""
    form = await read_form(request)
    run = await _run(request, form)
    await asyncio.to_thread(academy_of(request).drills.leave, person(request).id, run.id, keep=False)
    raise back("/academy", "academy_deleted")


# short exercises


def _kind(request: web.Request) -> str:
    kind = request.path.split("/")[2]
    assert kind in SHORT, "the table of routes names the kinds"
    return kind


async def next_exercise(request: web.Request) -> web.Response:
    """Go to an exercise of a kind that was not done yet, else to the one that was done longest ago."""
    known, who, kind = academy_of(request), person(request), _kind(request)
    catalogue = await catalogue_of(request)
    language = query(request, "language", LANGUAGES) or _own_language(request, catalogue.languages())
    there = catalogue.choose(kind, language=language)
    if not there:
        raise NotHere("there are no such exercises in this language yet")
    done: dict[str, int] = {}
    for place, run in enumerate(await asyncio.to_thread(known.drills.list, who.id)):
        done.setdefault(run.exercise_id, place)
    chosen = max(there, key=lambda one: done.get(one.id, len(done) + 1))
    raise web.HTTPSeeOther(f"/academy/{kind}/{chosen.id}")


async def exercise(request: web.Request) -> web.Response:
    """Show an exercise, or with ``run`` what became of it."""
    return await _exercise(request)


async def _exercise(request: web.Request, http_status: int = 200, **context: Any) -> web.Response:
    known, who, kind = academy_of(request), person(request), _kind(request)
    one = (await catalogue_of(request)).of(kind).get(request.match_info["exercise_id"])
    if one is None:
        raise NotHere("there is no such exercise; /academy lists what there is")
    result: Mapping[str, Any] | None = None
    if (number := query(request, "run")) and number.isascii() and number.isdigit() and len(number) < 10:
        run = await asyncio.to_thread(known.drills.get, who.id, int(number))
        result = run.turns[-1].reading if run.exercise_id == one.id and run.turns else None
    shown = {"problem": None, "mine": None if result is None else await path_of(request), **context}
    return await render(
        request, "academy_exercise.html", http_status, page="academy", kind=kind, exercise=one, result=result, **shown
    )  # fmt: skip


async def answer(request: web.Request) -> web.Response:
    """Take the answer to an exercise."""
    kind, exercise_id, form = _kind(request), request.match_info["exercise_id"], await read_form(request)
    given = [form.text(f"answer{place}", max_length=20) for place in range(1, 5)]
    one = (await catalogue_of(request)).of(kind).get(exercise_id)
    if one is None:
        raise NotHere("there is no such exercise; /academy lists what there is")
    try:
        run = await asyncio.to_thread(
            academy_of(request).answer, person(request), kind, exercise_id, given[: _questions(one)]
        )
    except CourageError as error:
        return await _exercise(request, 400, problem=error)
    raise back(f"/academy/{kind}/{exercise_id}?run={run.id}")


def _questions(one: Scenario | Exercise) -> int:
    return len(getattr(one, "steps", ())) or 1


# for trainers


async def disputes(request: web.Request) -> web.Response:
    """List what people see differently, for trainers of their organisation."""
    return await _disputes(request, said=request.query.get("said"))


async def _disputes(request: web.Request, http_status: int = 200, **context: Any) -> web.Response:
    known, who = academy_of(request), person(request)
    found = await asyncio.to_thread(known.disputes.waiting, who.organisation_id)
    catalogue = await catalogue_of(request)
    titles = {
        one.exercise_id: getattr(catalogue.scenarios.get(one.exercise_id), "title", one.exercise_id)
        for one in found
    }
    shown = {"problem": None, "said": None, **context}
    return await render(
        request, "academy_disputes.html", http_status, page="academy", found=found, titles=titles, **shown
    )


async def answer_dispute(request: web.Request) -> web.Response:
    """Answer what somebody sees differently."""
    known, who, form = academy_of(request), person(request), await read_form(request)
    number = request.match_info["dispute_id"]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotHere(f"there is no dispute {number[:20]!r}")
    words = form.text("answer", max_length=20_000)
    try:
        await asyncio.to_thread(known.disputes.answer, who.organisation_id, int(number), who.id, words)
    except CourageError as error:
        return await _disputes(request, 400, problem=error)
    raise back("/academy/disputes", "academy_answered")
