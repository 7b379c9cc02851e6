"""Insights: what the desk did, as pictures, tables and files; printed, it is a report for those who pay for it."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from aiohttp import web
from markupsafe import Markup

from courage.academy.figures import TrainingFigures
from courage.insights.intervals import ENOUGH, Share
from courage.insights.period import NAMES, Period, between, named
from courage.insights.pictures import Bar, Picture, Span
from courage.insights.work import FEWEST, Cell, Load, Work, WorkFigures
from courage.library.exchange.layouts import escape
from courage.web.errors import NotHere, there
from courage.web.keys import LANGUAGE, WORDS, person, services
from courage.web.reading import query
from courage.web.rendering import capital, render
from courage.web.table import WRITERS
from courage.web.words import direction

#: The parts of the page, in their order; each is a table, a file and mostly a picture.
PARTS: Final = ("step", "group", "room", "language", "outcomes", "alarms", "library", "load", "training")
#: Kinds of names of what the rows of a part are about; rooms and steps are named already.
_NAMED: Final = {"group": "target", "language": "language", "outcomes": "strategy", "alarms": "category"}
#: Rows that a catalogue names elsewhere.
_OTHER: Final = {
    "none": "insights.none",
    "unanswered": "insights.unanswered",
    "own_words": "insights.own_words",
    "all": "insights.all",
}
_MOST_BARS: Final = 12
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the page: rows of cells under columns that the catalogue names, and a picture.

    ``codes`` are the columns of the file, which keep their names in every language.
    """

    name: str
    codes: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    plain: tuple[tuple[object, ...], ...]
    picture: Markup | None


class _Say:
    """Words of the reader's language."""

    def __init__(self, request: web.Request) -> None:
        self._words = request.config_dict[WORDS]
        self.language = request.get(LANGUAGE, "en")

    def t(self, key: str, **values: Any) -> str:
        return self._words.say(key, self.language, **values)

    def row(self, part: str, key: str) -> str:
        if key in _OTHER:
            return capital(self.t(_OTHER[key]))
        return capital(self._words.named(_NAMED[part], key, self.language)) if part in _NAMED else key

    def minutes(self, minutes: float | None) -> str:
        if minutes is None:
            return ""
        for size, key in ((1440, "insights.days"), (60, "insights.hours")):
            if minutes >= size:
                return self.t(key, count=round(minutes / size))
        return self.t("insights.minutes", count=round(minutes))


def _known(request: web.Request) -> WorkFigures:
    return there(services(request).work, "there is no such page here")


def _period(request: web.Request) -> tuple[str, Period]:
    today = datetime.now(UTC).date()
    first, last = query(request, "from"), query(request, "to")
    if first or last:
        return "", between(first or "", last or "", today)
    name = query(request, "period", NAMES) or "twelve_weeks"
    return name, named(name, today)


async def _found(
    request: web.Request, period: Period
) -> tuple[Work, tuple[Load, ...] | None, TrainingFigures | None]:
    who, known, workshops = person(request), _known(request), services(request).workshops
    work = await asyncio.to_thread(known.of, who.organisation_id, period)
    sees = who.role in WRITERS
    load = await asyncio.to_thread(known.load, who.organisation_id, period) if sees else None
    training = None
    if workshops is not None:
        training = await asyncio.to_thread(
            workshops.figures, who.organisation_id, between=(period.since, period.until)
        )
    return work, load, training


async def insights(request: web.Request) -> web.Response:
    """Show the figures of a period."""
    name, period = _period(request)
    work, load, training = await _found(request, period)
    say = _Say(request)
    return await render(
        request, "insights.html", page="insights", work=work, training=training, chosen=name, names=NAMES,
        minutes=say.minutes, fewest=FEWEST, enough=ENOUGH, parts_shown=_parts(say, work, load, training),
        row=say.row,
    )  # fmt: skip


async def table(request: web.Request) -> web.Response:
    """Return one part as CSV (with a byte order mark, for spreadsheets); no cell can be a formula."""
    wanted = request.match_info["part"]
    _, period = _period(request)
    found = {part.name: part for part in _parts(_Say(request), *await _found(request, period))}
    if wanted not in found:
        raise NotHere("there is no such table, or it is not for you")
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow(found[wanted].codes)
    for row in found[wanted].plain:
        lines.writerow(
            ["" if cell is None else escape(cell) if isinstance(cell, str) else cell for cell in row]
        )
    name = f"{wanted}-{period.first}-{period.last}"
    return web.Response(
        body=("\ufeff" + out.getvalue()).encode("utf-8"), content_type="text/csv", charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )  # fmt: skip


def _parts(
    say: _Say, work: Work, load: Sequence[Load] | None, training: TrainingFigures | None
) -> list[Part]:
    draw = Picture(direction(say.language))
    made = [_cells(say, draw, name, work.by[name]) for name in ("step", "group", "room", "language")]
    made.append(_shares(say, draw, "outcomes", work.outcomes, "quiet"))
    made.append(_shares(say, draw, "alarms", work.alarms, "wrong"))
    if work.used is not None:
        made.append(
            _part(
                say, "library", ("response", "text", "language", "posted", "unchanged"), work.used,
                lambda one: (one.response_id, one.text, one.language, one.posted, one.unchanged),
            )
        )  # fmt: skip
    if load is not None:
        made.append(
            _part(
                say, "load", ("person", "claimed", "read", "answered"), load,
                lambda one: (one.person, one.claimed, one.read, one.answered),
            )
        )  # fmt: skip
    if training is not None:
        rows = [
            *((name, getattr(training, name)) for name in ("workshops", "participants", "hours", "answers", "ready")),
            *((f"participants_{language}", count) for language, count in training.languages),
        ]  # fmt: skip
        made.append(_part(say, "training", ("figure", "value"), rows, lambda row: row))
    return made


def _part(
    say: _Say,
    name: str,
    codes: tuple[str, ...],
    found: Iterable[_T],
    cells: Callable[[_T], tuple[object, ...]],
) -> Part:
    plain = tuple(cells(one) for one in found)
    rows = tuple(
        tuple(_shown(say, name, codes[place], cell) for place, cell in enumerate(row)) for row in plain
    )
    return Part(name, codes, rows, plain, None)


def _shown(say: _Say, part: str, column: str, cell: object) -> str:
    if column == "language":
        return say.row("language", str(cell))
    if part == "training" and column == "figure":
        name, _, language = str(cell).partition("participants_")
        if language:
            return say.t("figures.row.language", language=say.row("language", language))
        return say.t(f"figures.row.{name}")
    return str(cell)


def _cells(say: _Say, draw: Picture, name: str, cells: Sequence[Cell]) -> Part:
    few = say.t("insights.few", count=FEWEST)
    rows = tuple(
        (say.row(name, one.key), str(one.cases), few if one.answers is None else str(one.answers), say.minutes(one.minutes))
        for one in cells
    )  # fmt: skip
    bars = [
        Bar(row[0], (one.cases, one.answers), f"{row[1]} · {row[2]}" if one.answers is not None else row[1])
        for one, row in zip(cells, rows, strict=True)
    ]
    title = say.t(f"insights.picture.{name}")
    drawn = draw.columns(name, title, bars) if name == "step" else draw.bars(name, title, bars[:_MOST_BARS])
    plain = tuple((one.key, one.cases, one.answers, one.minutes) for one in cells)
    codes = (name, "cases", "answers", "median_minutes")
    return Part(name, codes, rows, plain, drawn if cells else None)


def _shares(say: _Say, draw: Picture, name: str, shares: Sequence[Share], counted: str) -> Part:
    def percent(value: float | None) -> str:
        return "" if value is None else f"{value * 100:.0f}\u00a0%"

    rows = tuple(
        (say.row(name, one.key), str(one.of), str(one.count), percent(one.value), f"{one.low * 100:.0f}–{percent(one.high)}")
        for one in shares
    )  # fmt: skip
    spans = [
        Span(row[0], one.low, one.value or 0.0, one.high, f"{one.count} / {one.of}")
        for one, row in zip(shares, rows, strict=True)
    ]
    plain = tuple(
        (one.key, one.of, one.count, one.value and round(one.value, 4), round(one.low, 4), round(one.high, 4))
        for one in shares
    )
    codes = (name, "of", counted, "share", "low_95", "high_95")
    title = say.t(f"insights.picture.{name}")
    return Part(name, codes, rows, plain, draw.spans(name, title, spans) if shares else None)
