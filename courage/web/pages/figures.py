"""Figures of training for those who pay for it: of one's own organisation, or (sums only) of the installation."""

from __future__ import annotations

import asyncio

from aiohttp import web

from courage.academy.figures import TrainingFigures, as_csv
from courage.people.organisations import OPERATOR
from courage.web.errors import BadInput
from courage.web.keys import person
from courage.web.pages.workshops import known
from courage.web.reading import number, query
from courage.web.rendering import render


def _whose(request: web.Request) -> int | None:
    return None if person(request).role == OPERATOR else person(request).organisation_id


def _year(request: web.Request) -> int | None:
    given = query(request, "year")
    if given is None:
        return None
    year = number("year", given)
    if not 2000 <= year <= 2200:
        raise BadInput(
            f"'year' is {year}; a year from 2000 to 2200 is allowed",
            say="wrong.number",
            field="year",
            value=year,
        )
    return year


async def _found(request: web.Request) -> TrainingFigures:
    return await asyncio.to_thread(known(request).figures, _whose(request), _year(request))


async def figures(request: web.Request) -> web.Response:
    """Show the figures, as bars and as a table."""
    found = await _found(request)
    years = await asyncio.to_thread(known(request).years, _whose(request))
    whole = _whose(request) is None
    return await render(request, "figures.html", page="academy", f=found, years=years, whole=whole)


async def table(request: web.Request) -> web.Response:
    """Return the figures as CSV."""
    found = await _found(request)
    name = "training" if found.year is None else f"training-{found.year}"
    return web.Response(
        body=as_csv(found).encode("utf-8"), content_type="text/csv", charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )  # fmt: skip
