"""Characters that look like Latin letters, and characters that nobody sees."""

from __future__ import annotations

from typing import Final

# Drawn up by eye from the Cyrillic, Greek, Armenian, Cherokee and phonetic blocks: only what passes for a letter.
_PAIRS: Final = (
    "аaбbвbгrдdеeёeзeиuіiїiјjкkмmнhоoпnрpсcтtуyфoхxцuчyшwщwъbыblьbЬbэeюioяrѕsһhԁdԛqԝwґrєeқkңhүyұyӏlӀl"
    "АAВBЕEЅSІIЇIЈJКKМMНHОOРPСCТTУYХXԌG"
    "αaβbγyδdεeζzηnθoιiκkλlμuνvξeοoπnρpςcσoτtυuφoχxψwωwάaέeήnίiόoύuώw"
    "ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX"
    "օoսuհhոnցgզqաwԲBՕOՍUꓮAꓐBꓚCꓓDꓰEꓝFꓖGꓧHꓲIꓙJꓗKꓡLꓟMꓠNꓳOꓑPꓣRꓢSꓔTꓴUꓦVꓪWꓫXꓬYꓜZ"
    "ɑaɡgɩiɪiʟlɴnʀrʏyʙbᴀaᴄcᴅdᴇeᴊjᴋkᴍmᴏoᴘpᴛtᴜuᴠvᴡwᴢzꜱsɢgʜhꜰfɛeɐaɔcǝeəeɯmɹrʇtʌvʍwᴉiɟfƃgɥhɾjʎyłløođdħhŧtıiŀlƒfƙkɓbɗdɠgʞk"
)


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    index = 0
    while index < len(_PAIRS):
        source = _PAIRS[index]
        size = 1
        # "ы" and "ю" stand for two letters.
        while index + 1 + size < len(_PAIRS) and _PAIRS[index + 1 + size].isascii():
            size += 1
        table[source] = _PAIRS[index + 1 : index + 1 + size]
        index += 1 + size
    return table


LOOKALIKES: Final = _table()
#: A character that shows nothing, or a box, where people may have put it to part a word or to part two.
BLANK: Final = "\u2800"
#: Letters in circles and squares that have no compatibility form: where each alphabet of 26 begins.
ENCLOSED: Final = (0x1F150, 0x1F170)
REGIONAL: Final = 0x1F1E6
#: Circled letters that are emoji too.
LETTER_EMOJI: Final = {"\u24c2": "M", "\u2139": "i"}
LEET: Final = {
    "0": "o", "1": "i", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g",
    "@": "a", "$": "s", "!": "i", "|": "l", "+": "t", "€": "e", "£": "l", "¥": "y", "§": "s", "¡": "i", "(": "c",
}  # fmt: skip
INVISIBLE: Final = frozenset(
    "\u0000\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c"
    "\u206d\u206e\u206f\u3164\ufeff\uffa0\ufe0f\ufe0e"
)
#: Blocks whose look-alikes no written language needs: phonetic letters, small capitals, turned letters.
PHONETIC: Final = ((0x0250, 0x02AF), (0x1D00, 0x1DBF), (0xA730, 0xA7FF))
ARABIC_MARKS: Final = frozenset(
    "\u0610\u0611\u0612\u0613\u0614\u0615\u0616\u0617\u0618\u0619\u061a\u0640\u064b\u064c\u064d\u064e\u064f"
    "\u0650\u0651\u0652\u0653\u0654\u0655\u0656\u0657\u0658\u0659\u065a\u065b\u065c\u065d\u065e\u065f\u0670"
)
