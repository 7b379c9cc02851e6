"""Writing small catalogues for tests."""

from __future__ import annotations

from pathlib import Path

HEADERS = {
    "en": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "de": "nplurals=2; plural=(n != 1);",
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}


def write(folder: Path, language: str, texts: dict[str, str | list[str]]) -> Path:
    """Write the catalogue of a language: texts by key, plural forms as lists."""
    lines = [
        'msgid ""',
        'msgstr ""',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        f'"Plural-Forms: {HEADERS.get(language, HEADERS["en"])}\\n"',
    ]
    for key, text in texts.items():
        lines += ["", f'msgid "{key}"']
        if isinstance(text, list):
            lines += [f'msgid_plural "{key}"', *(f'msgstr[{n}] "{form}"' for n, form in enumerate(text))]
        else:
            lines.append(f'msgstr "{text}"')
    path = folder / language / "LC_MESSAGES" / "courage.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
