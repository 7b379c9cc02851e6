"""Certificates of attendance as PDF: in four languages, Arabic joined and from right to left, names in many scripts.

The letters are Cairo's (Arabic and Latin; OFL) and, for Cyrillic and Greek, Noto Sans' (OFL), each read from the package
that carries it; only what is used of them goes into the file.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from unicodedata import bidirectional

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from courage.errors import CourageError
from courage.i18n.catalogue import Voice
from courage.taxonomy import LANGUAGES

_RIGHT_TO_LEFT: Final = frozenset({"ar"})
_MARGIN: Final = 25.0
_TEAL: Final = (13, 107, 98)
_MOST_TOPICS: Final = 12
#: Height of what stands below, in millimetres.
_FOOT: Final = 32

# fpdf2 tells of every letter that a font lacks, and those letters are people's names.
logging.getLogger("fpdf").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What stands on one: who took part, where, how long (minutes), in what, and when."""

    name: str
    organisation: str
    workshop: str
    minutes: int
    topics: tuple[str, ...]
    day: datetime


def make_certificates(certificates: Sequence[Certificate], voice: Voice) -> bytes:
    """Return a PDF with a page for each certificate.

    :raises CourageError: if there is none to make, or the letters are not installed.
    """
    if not certificates:
        raise CourageError("nobody took part, so there is no certificate to make")
    assert voice.language in LANGUAGES
    page = _Page(voice)
    for one in certificates:
        page.add(one)
    return page.bytes()


class _Page:
    """Writes certificates, one a page, in the direction of the language."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._rtl = voice.language in _RIGHT_TO_LEFT
        self._pdf = FPDF(orientation="landscape", format="A4")
        self._pdf.set_lang(voice.language)
        self._pdf.set_title(voice.say("certificate.title"))
        self._pdf.set_creator("Courage")
        self._pdf.set_margins(_MARGIN, _MARGIN)
        self._pdf.set_auto_page_break(False)
        self._pdf.add_font("cairo", fname=str(_font("fontpkg_cairo")))
        self._pdf.add_font("noto", fname=str(_font("fontpkg_noto_sans")))
        self._pdf.set_fallback_fonts(["noto"])

    def add(self, one: Certificate) -> None:
        """Add a page."""
        pdf, say = self._pdf, self._voice.say
        pdf.add_page()
        pdf.set_draw_color(*_TEAL)
        pdf.set_line_width(1.2)
        pdf.rect(10, 10, pdf.w - 20, pdf.h - 20)
        pdf.set_y(30)
        self._line(say("certificate.title"), 34, _TEAL)
        self._line(say("certificate.says"), 15, space=4)
        self._line(one.name, 28, space=2, own=True)
        self._line(
            say("certificate.took_part", workshop=apart(one.workshop), organisation=apart(one.organisation)),
            15,
            space=3,
        )
        self._line(self._time(one.minutes), 13, space=2)
        topics = one.topics[:_MOST_TOPICS]
        if topics:
            self._line(say("certificate.topics"), 12, space=3)
            for place, topic in enumerate(topics, start=1):
                if pdf.get_y() > pdf.h - _FOOT - 6 and place < len(topics):
                    self._line("…", 11)
                    break
                self._line(topic, 11, own=True)
        pdf.set_y(-_FOOT)
        self._line(one.day.strftime("%Y-%m-%d"), 12)

    def _time(self, minutes: int) -> str:
        hours, rest = divmod(minutes, 60)
        return self._voice.say("certificate.time", time=f"{hours}:{rest:02d}")

    def _line(
        self,
        text: str,
        size: int,
        colour: tuple[int, int, int] = (28, 36, 48),
        space: float = 0,
        own: bool = False,
    ) -> None:
        pdf = self._pdf
        if space:
            pdf.ln(space)
        pdf.set_font("cairo", size=size)
        pdf.set_text_color(*colour)
        # A name runs in its own direction, whatever the language of the certificate.
        rtl = direction == "rtl" if (direction := _direction(text)) and own else self._rtl
        pdf.set_text_shaping(True, direction="rtl" if rtl else "ltr")
        pdf.multi_cell(0, size * 0.5, text, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def bytes(self) -> bytes:
        """Return the file."""
        return bytes(self._pdf.output())


def apart(text: str) -> str:
    """Return a text that keeps its own direction within a sentence of another: between isolating marks."""
    return f"\u2068{text}\u2069"


def _direction(text: str) -> str:
    """Return the direction of the first letter that has one; ``""`` if none has."""
    for letter in text:
        kind = bidirectional(letter)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return ""


@cache
def _font(package: str) -> Path:
    """Return the upright font of a package; its code is not run.

    :raises CourageError: if it is not installed.
    """
    spec = find_spec(package)
    folder = None if spec is None or spec.origin is None else Path(spec.origin).parent / "files"
    files = [] if folder is None else sorted(folder.glob("*.ttf"))
    upright = [file for file in files if "Italic" not in file.name]
    if not upright:
        raise CourageError(f"the letters of certificates are missing: install the package {package}")
    return upright[0]
