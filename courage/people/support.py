"""Whom somebody can talk to who cannot go on: public help lines by country, each with its own public page.

Numbers change; the page is what counts. Anybody who knows a line of their country adds it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Line:
    """A help line: its name, its number (empty: the page says how), and its page."""

    name: str
    number: str
    page: str


#: Lines by country (ISO 3166); of a country in which none is listed, :data:`EVERYWHERE` helps.
LINES: Final[dict[str, tuple[Line, ...]]] = {
    "AT": (
        Line("Telefonseelsorge", "142", "https://www.telefonseelsorge.at"),
        Line("ZARA #GegenHassimNetz", "", "https://www.zara.or.at"),
    ),
    "AU": (Line("Lifeline", "13 11 14", "https://www.lifeline.org.au"),),
    "BE": (
        Line("Télé-Accueil", "107", "https://www.tele-accueil.be"),
        Line("Tele-Onthaal", "106", "https://www.tele-onthaal.be"),
    ),
    "CA": (Line("9-8-8", "988", "https://988.ca"),),
    "CH": (Line("143", "143", "https://www.143.ch"),),
    "DE": (
        Line("TelefonSeelsorge", "0800 111 0 111", "https://www.telefonseelsorge.de"),
        Line("HateAid", "", "https://hateaid.org"),
    ),
    "FR": (
        Line("SOS Amitié", "", "https://www.sos-amitie.com"),
        Line("3114", "3114", "https://3114.fr"),
    ),
    "GB": (Line("Samaritans", "116 123", "https://www.samaritans.org"),),
    "IE": (Line("Samaritans Ireland", "116 123", "https://www.samaritans.org/ireland/"),),
    "LB": (Line("Embrace Lifeline", "1564", "https://embracelebanon.org"),),
    "LU": (Line("SOS Détresse", "45 45 45", "https://454545.lu"),),
    "NZ": (Line("1737", "1737", "https://1737.org.nz"),),
    "US": (Line("988 Lifeline", "988", "https://988lifeline.org"),),
}
#: Directories for every country.
EVERYWHERE: Final = (
    Line("Find A Helpline", "", "https://findahelpline.com"),
    Line("Befrienders Worldwide", "", "https://befrienders.org"),
)
#: Countries that people can choose: those of the lines, and others where the desk's languages are spoken, for which
#: the directories stand in until somebody adds a line.
COUNTRIES: Final = tuple(sorted({*LINES, "DZ", "EG", "IQ", "JO", "MA", "SN", "TN"}))


def lines_for(country: str) -> tuple[Line, ...]:
    """Return the lines of a country, then the directories."""
    return (*LINES.get(country, ()), *EVERYWHERE)
