"""What was said around a case: looked up in the chat while somebody waits, shown once, kept nowhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from courage.cases.around import AroundLine
from courage.cases.softened import Piece, soften
from courage.errors import CourageError
from courage.web.errors import NotHere
from courage.web.keys import person, services
from courage.web.pages.cases import case_page, refused
from courage.web.reading import case_number, read_form


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page shows of a look around: ``shown`` are flagged messages that were asked for, ``original`` those that
    stand there without words covered."""

    lines: tuple[AroundLine, ...]
    shown: tuple[str, ...]
    original: tuple[str, ...]
    softened: bool

    def pieces(self, line: AroundLine) -> tuple[Piece, ...]:
        """Return the text of a line, its worst words covered where the person chose that."""
        text = line.text or ""
        if line.verdict is None or not self.softened or line.message_id in self.original:
            return (Piece(text),)
        return soften(text, line.verdict.reasons, line.verdict.language)

    def covers(self, line: AroundLine) -> bool:
        """Say whether words of a line stand covered."""
        return any(piece.covered for piece in self.pieces(line))


async def look(request: web.Request) -> web.Response:
    """Show what was said around a case's message, because somebody asked for it; the audit trail notes it."""
    case_id, who, desk = case_number(request), person(request), services(request)
    if desk.surroundings is None:
        raise NotHere("nothing is looked up in chats here")
    form = await read_form(request)
    shown = tuple(dict.fromkeys(form.texts("shown")))
    try:
        lines = await desk.surroundings.look(case_id, who.id, shown)
        chosen = None
        if desk.care is not None:
            chosen = await asyncio.to_thread(desk.care.of, who.id, who.organisation_id)
    except CourageError as error:
        return await refused(request, error)
    open_ones = tuple(line.message_id for line in lines if line.flagged and line.text is not None)
    softened = chosen is not None and chosen.softened
    return await case_page(request, seen=Seen(lines, open_ones, form.texts("original"), softened))
