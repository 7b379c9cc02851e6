"""Pictures of figures as SVG, made here. Each stands beside a table that says the same.

No plotting library is used: those that are kept well write styles and scripts into their pictures, which the desk's content
security policy refuses, and none mirrors a picture for people who read from right to left. What these need is rectangles,
lines and words. Colours come from the desk's style sheet, so that dark mode, print and forced colours work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

WIDTH: Final = 640
_LABEL: Final = 190  # for the words before a bar
_VALUE: Final = 110  # for the number behind it
_PLOT: Final = WIDTH - _LABEL - _VALUE
_BAR: Final = 12
_LONGEST: Final = 26  # characters of a label
_TALL: Final = 150  # of columns
_MOST_MARKS: Final = 8  # dates below columns


@dataclass(frozen=True, slots=True)
class Bar:
    """One row or column: ``values`` by series; ``None`` draws nothing; ``shown`` stands behind it in words."""

    label: str
    values: tuple[float | None, ...]
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A share between its bounds, each 0 to 1."""

    label: str
    low: float
    value: float
    high: float
    shown: str = ""


class Picture:
    """Draws for one page: ``direction`` is ``ltr`` or ``rtl``."""

    def __init__(self, direction: str = "ltr") -> None:
        self._rtl = direction == "rtl"

    def bars(self, name: str, title: str, rows: Sequence[Bar]) -> Markup:
        """Return rows with a bar for each series, the longest as long as the picture is wide."""
        most = max((value for row in rows for value in row.values if value is not None), default=0) or 1
        parts, y = [], 8
        for row in rows:
            tall = max(_BAR * len(row.values), _BAR) + 10
            middle = y + (tall - 10) / 2 + 4
            parts.append(self._text(_LABEL - 8, middle, row.label, "end"))
            longest = 0.0
            for series, value in enumerate(row.values):
                if value is not None:
                    length = round(value / most * _PLOT, 1)
                    longest = max(longest, length)
                    parts.append(self._rect(_LABEL, y + series * _BAR, length, _BAR - 2, series))
            parts.append(self._text(_LABEL + longest + 6, middle, row.shown, "start"))
            y += tall
        return self._whole(name, title, y + 4, parts)

    def columns(self, name: str, title: str, rows: Sequence[Bar]) -> Markup:
        """Return columns side by side over time, from the first on; some have their label below."""
        most = max((value for row in rows for value in row.values if value is not None), default=0) or 1
        left, wide = 50, WIDTH - 60
        step = wide / max(len(rows), 1)
        every = -(-len(rows) // _MOST_MARKS) or 1
        parts = [self._line(left, _TALL + 10, left + wide, _TALL + 10, "axis")]
        parts += [self._text(left - 6, 16, f"{most:g}", "end"), self._text(left - 6, _TALL + 12, "0", "end")]
        for place, row in enumerate(rows):
            each = step * 0.8 / max(len(row.values), 1)
            for series, value in enumerate(row.values):
                if value:
                    tall = round(value / most * _TALL, 1)
                    x = left + place * step + series * each
                    parts.append(self._rect(x, _TALL + 10 - tall, round(each, 1), tall, series))
            if place % every == 0:
                parts.append(self._text(left + place * step, _TALL + 28, row.label, "start"))
        return self._whole(name, title, _TALL + 40, parts)

    def spans(self, name: str, title: str, rows: Sequence[Span]) -> Markup:
        """Return shares from 0 to 100 percent, each a point on the line between its bounds."""
        parts, y = [], 12
        for row in rows:
            low, value, high = (_LABEL + round(part * _PLOT, 1) for part in (row.low, row.value, row.high))
            parts.append(self._text(_LABEL - 8, y + 4, row.label, "end"))
            parts.append(self._line(low, y, high, y, "span"))
            parts.append(Markup('<circle class="point" cx="{}" cy="{}" r="5"/>').format(self._x(value), y))
            parts.append(self._text(_LABEL + _PLOT + 12, y + 4, row.shown, "start"))
            y += 26
        parts.append(self._line(_LABEL, y, _LABEL + _PLOT, y, "axis"))
        for percent in (0, 50, 100):
            x = _LABEL + _PLOT * percent / 100
            parts.append(self._text(x, y + 16, f"{percent}\u00a0%", "middle"))
        return self._whole(name, title, y + 22, parts)

    def _whole(self, name: str, title: str, height: float, parts: Sequence[Markup]) -> Markup:
        return Markup(
            '<svg class="picture" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-labelledby="{n}">'
            '<title id="{n}">{t}</title>{p}</svg>'
        ).format(w=WIDTH, h=round(height), n=f"picture-{name}", t=title, p=Markup().join(parts))

    def _x(self, x: float) -> float:
        return round(WIDTH - x if self._rtl else x, 1)

    def _rect(self, x: float, y: float, wide: float, tall: float, series: int) -> Markup:
        begin = WIDTH - x - wide if self._rtl else x
        return Markup('<rect class="series{}" x="{}" y="{}" width="{}" height="{}"/>').format(
            series, round(begin, 1), round(y, 1), wide, tall
        )

    def _line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
        return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
            kind, self._x(x1), round(y1, 1), self._x(x2), round(y2, 1)
        )

    def _text(self, x: float, y: float, words: str, anchor: str) -> Markup:
        """Return words; ``start`` and ``end`` are those of the page's direction, which text in SVG goes by, too."""
        short = words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
        whole = Markup("<title>{}</title>").format(words) if short != words else Markup()
        return Markup('<text x="{}" y="{}" text-anchor="{}">{}{}</text>').format(
            self._x(x), round(y, 1), anchor, whole, escape(short)
        )
