"""Scenarios of the organisation's own, for trainers: written with a check as they type, tried out, offered, handed on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from courage.academy.academy import BUTTONS
from courage.academy.errors import AcademyError, NoSuchExercise
from courage.academy.findings import Finding
from courage.academy.own import LONGEST, ChangedMeanwhile, OwnScenarios, OwnView, WithFindings
from courage.academy.reader import LONGEST as LONGEST_REPLY
from courage.academy.scenario import Scenario, as_yaml
from courage.errors import CourageError
from courage.taxonomy import LANGUAGES
from courage.web.errors import NotHere
from courage.web.keys import LANGUAGE, WORDS, person
from courage.web.pages.academy import academy_of, catalogue_of
from courage.web.reading import number, query, read_form
from courage.web.rendering import back, fragment, render

_STEPS: Final = ("save", "play", "offer")
_GIVEN: Final = ("reply", *BUTTONS)


def _own(request: web.Request) -> OwnScenarios:
    return academy_of(request).own


async def _chosen(request: web.Request) -> OwnView:
    """Return the scenario of the address.

    :raises NotHere: if the visitor's organisation has none of this number.
    """
    try:
        chosen = number("scenario", request.match_info["number"])
        return await asyncio.to_thread(_own(request).get, person(request).organisation_id, chosen)
    except (NoSuchExercise, CourageError) as error:
        raise NotHere(str(error)) from None


# the list, and packs


async def own(request: web.Request) -> web.Response:
    """List them, with what one may begin from."""
    return await _list(request, said=request.query.get("said"))


async def _list(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    who, catalogue = person(request), await catalogue_of(request)
    language = query(request, "language", LANGUAGES) or request[LANGUAGE]
    shown = {"said": None, "problem": None, "findings": (), **context}
    return await render(
        request,
        "own_scenarios.html",
        status,
        page="academy",
        found=await asyncio.to_thread(_own(request).list, who.organisation_id),
        models=catalogue.choose("scenarios", language=language),
        chosen_language=language,
        **shown,
    )


async def pack(request: web.Request) -> web.Response:
    """Return what is offered as one file."""
    try:
        text = await asyncio.to_thread(_own(request).export, person(request).organisation_id)
    except AcademyError as error:
        return await _list(request, 400, problem=error)
    return web.Response(
        body=text.encode("utf-8"), content_type="application/json", charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="scenarios.json"'},
    )  # fmt: skip


async def take(request: web.Request) -> web.Response:
    """Take a pack: all of it as drafts, or nothing."""
    form, who = await read_form(request), person(request)
    try:
        new, there = await asyncio.to_thread(
            _own(request).take, who.organisation_id, who.id, form.text_file("pack")
        )
    except WithFindings as error:
        return await _list(request, 400, problem=error, findings=_said(request, error.findings))
    except CourageError as error:
        return await _list(request, 400, problem=error)
    words, language = request.config_dict[WORDS], request[LANGUAGE]
    return await _list(request, taken=words.say("own.taken", language, count=new, there=there))


# writing


async def new(request: web.Request) -> web.Response:
    """Show the form for a new one, with the text of another to begin from."""
    model = query(request, "from") or ""
    text = ""
    if model:
        try:
            chosen = (await catalogue_of(request)).scenario(model)
        except NoSuchExercise as error:
            raise NotHere(str(error)) from None
        text = as_yaml(chosen.model_copy(update={"id": f"{chosen.id[:74]}-copy"}))
    return await _form(request, None, text)


async def edit(request: web.Request) -> web.Response:
    """Show one with its text, what is wrong with it and its versions."""
    found = await _chosen(request)
    return await _form(request, found, found.text, said=request.query.get("said"))


async def _form(
    request: web.Request, found: OwnView | None, text: str, status: int = 200, **context: Any
) -> web.Response:
    mine = None if found is None else found.id
    scenario, findings = await _checked(request, text, mine)
    shown = {"said": None, "problem": None, "theirs": None, **context}
    return await render(
        request, "own_scenario.html", status, page="academy", found=found, text=text, scenario=scenario,
        findings=findings, longest=LONGEST, **shown,
    )  # fmt: skip


async def _checked(
    request: web.Request, text: str, mine: int | None
) -> tuple[Scenario | None, list[tuple[str, str]]]:
    """Return what a text is, as far as one can read it, and what is wrong with it: places and sentences."""
    if not text.strip():
        return None, []
    organisation_id = person(request).organisation_id
    scenario, findings = await asyncio.to_thread(_own(request).check, organisation_id, text, mine)
    return scenario, _said(request, findings)


def _said(request: web.Request, findings: Sequence[Finding]) -> list[tuple[str, str]]:
    words, language = request.config_dict[WORDS], request[LANGUAGE]
    return [(one.place, one.said(words, language)) for one in findings]


async def write(request: web.Request) -> web.Response:
    """Keep a new one."""
    return await _write(request, None)


async def rewrite(request: web.Request) -> web.Response:
    """Keep a new version of one."""
    return await _write(request, await _chosen(request))


async def _write(request: web.Request, found: OwnView | None) -> web.Response:
    form, who, keeper = await read_form(request), person(request), _own(request)
    step = form.choice("do", _STEPS, "save")
    text = form.text("text", max_length=LONGEST * 2)
    revision = None if found is None else form.number("revision")
    try:
        saved = await asyncio.to_thread(
            lambda: keeper.save(
                who.organisation_id,
                who.id,
                text,
                number=None if found is None else found.id,
                revision=revision,
            )
        )
    except ChangedMeanwhile as error:
        return await _form(request, found, text, 409, problem=error, theirs=found and found.text)
    except CourageError as error:
        return await _form(request, found, text, 400, problem=error)
    if step == "play":
        raise back(f"/academy/own/{saved.id}/play")
    said = "own_saved"
    if step == "offer":
        said = "own_offered"
        try:
            await asyncio.to_thread(keeper.offer, who.organisation_id, saved.id)
        except WithFindings:
            said = "own_not_offered"  # the text is kept; its page says what is to be mended
    raise back(f"/academy/own/{saved.id}", said)


async def retire(request: web.Request) -> web.Response:
    """Put one away, or take it out again."""
    form, found = await read_form(request), await _chosen(request)
    away = form.choice("retired", ("yes", "no")) == "yes"
    await asyncio.to_thread(
        lambda: _own(request).retire(person(request).organisation_id, found.id, retired=away)
    )
    raise back(f"/academy/own/{found.id}", "own_away" if away else "own_out")


async def bring_back(request: web.Request) -> web.Response:
    """Make an earlier version the text again."""
    form, found, who = await read_form(request), await _chosen(request), person(request)
    try:
        await asyncio.to_thread(
            _own(request).bring_back, who.organisation_id, who.id, found.id, form.number("version")
        )
    except NoSuchExercise as error:
        raise NotHere(str(error)) from None
    raise back(f"/academy/own/{found.id}", "own_back")


async def check(request: web.Request) -> web.Response:
    """Say what is wrong with a text that is being written, and how it will look; nothing is kept."""
    form = await read_form(request)
    mine = form.number("number") if form.text("number") else None
    text = form.text("text", max_length=LONGEST * 2)
    scenario, findings = await _checked(request, text, mine)
    html = fragment(request, "own_preview.html", scenario=scenario, findings=findings, text=text)
    return web.json_response({"findings": len(findings), "html": html})


# trying out


async def play(request: web.Request) -> web.Response:
    """Show the beginning; what is tried out here is kept nowhere."""
    found = await _chosen(request)
    return await _play(request, found)


async def _play(request: web.Request, found: OwnView, status: int = 200, **context: Any) -> web.Response:
    scenario, findings = await _checked(request, found.text, found.id)
    if scenario is None:
        problem = AcademyError("what cannot be read cannot be tried out", say="own.cannot_play")
        return await _form(request, found, found.text, 400, problem=problem)
    shown: dict[str, Any] = {
        "problem": None, "before": None, "reply": None, "reading": None, "because": "", "feedback": None,
        "scene": scenario.start, "typed": "", **context,
    }  # fmt: skip
    return await render(
        request, "own_play.html", status, page="academy", found=found, scenario=scenario, findings=findings,
        longest=LONGEST_REPLY, **shown,
    )  # fmt: skip


async def try_out(request: web.Request) -> web.Response:
    """Say where a reply leads."""
    form, found, who = await read_form(request), await _chosen(request), person(request)
    scenario, _ = await _checked(request, found.text, found.id)
    scene, typed = form.text("scene", max_length=40), form.text("text", max_length=20_000)
    given = form.choice("do", _GIVEN, "reply")
    if scenario is None:
        return await _play(request, found)
    try:
        reading, step, feedback = await asyncio.to_thread(
            academy_of(request).try_out, who, scenario, scene, given, typed
        )
    except CourageError as error:
        here = scene if scene in scenario.scenes else scenario.start
        return await _play(request, found, 400, problem=error, scene=here, typed=typed)
    return await _play(
        request, found, before=scene, reply=typed if given == "reply" else None, reading=reading,
        because=step.because, feedback=feedback, scene=step.scene,
    )  # fmt: skip
