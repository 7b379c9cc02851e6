"""Finds what is wrong with the catalogues; developers run ``python -m courage.i18n.check``.

Missing: the program says a key that no catalogue has. Unused: a catalogue has a key that nothing says. Untranslated: a
language lacks a text that English has. Besides, placeholders that differ from the English ones, and plural forms that
are too few or hide the number.
"""

from __future__ import annotations

import ast
import re
import string
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from courage.i18n.catalogue import DEFAULT, DOMAIN, FOLDER, key_of

PACKAGE: Final = Path(__file__).resolve().parents[1]
#: What of the program says keys: the package, and Rasa's actions where there is a checkout.
SOURCES: Final = (PACKAGE, PACKAGE.parent / "actions")
#: Calls whose first argument is a key, and calls whose first argument is the kind of a name.
_SAYING: Final = frozenset({"say", "word", "t", "Sorry"})
_NAMING: Final = frozenset({"named", "code"})
#: Kinds of names that the program computes: examples of the detector, and groups as the object of a sentence.
_COMPUTED: Final = frozenset({"example", "defended", "category", "target"})
#: These print to terminals and logs, in English; what they say is no key.
_NO_KEYS: Final = ("cli", "setup", "wiring.py", "supervisor.py", "process.py", "i18n")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")
_IN_TEMPLATE: Final = re.compile(r"""["']([a-z][a-z0-9_.]*)["']""")
_TEMPLATE_SAYS: Final = re.compile(r"""\bt\(["']([a-z0-9_.]+)["']\s*[,)]""")
_TEMPLATE_NAMES: Final = re.compile(
    r"""\b(?:(?:code|options)\(|(?:select|checks)\(["']\w+["'],\s*[^,]+,\s*)["']([a-z0-9_]+)["']"""
)
_TEMPLATE_PREFIX: Final = re.compile(r"""["']([a-z0-9_.]+\.)["']\s*~""")
_MANY: Final = range(201)


@dataclass
class Uses:
    """What the program says.

    ``said`` are keys in so many words, with a place each; ``mentioned`` texts that may be keys; ``prefixes`` first parts
    of keys; ``kinds`` those of names.
    """

    said: dict[str, str] = field(default_factory=dict)
    mentioned: set[str] = field(default_factory=set)
    prefixes: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)


def problems(folder: Path = FOLDER, sources: Iterable[Path] = SOURCES) -> list[str]:
    """Return all that is wrong, a line each; empty when all is well."""
    catalogues = read(folder)
    uses = found_in(sources)
    english = {key_of(message) for message in catalogues[DEFAULT] if message.id}
    return [*_translations(catalogues), *_missing(english, uses), *_unused(english, uses)]


def read(folder: Path) -> dict[str, Catalog]:
    """Return the catalogues of a folder by language."""
    found = {}
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        language = path.parent.parent.name
        with path.open("rb") as file:
            found[language] = read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)
    return found


def blanks(text: str) -> frozenset[str]:
    """Return the placeholders of a text."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def forms_of(message: Message) -> tuple[str, ...]:
    """Return the texts of an entry: its plural forms, or the one it has."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def _translations(catalogues: dict[str, Catalog]) -> Iterator[str]:
    english = {key_of(message): message for message in catalogues[DEFAULT] if message.id}
    for language, catalog in catalogues.items():
        theirs = {key_of(message): message for message in catalog if message.id}
        for key in sorted(english.keys() | theirs.keys()):
            if key not in english:
                yield f"{language}: {key} is not in the English catalogue"
            elif key not in theirs or not all(forms_of(theirs[key])) or theirs[key].fuzzy:
                yield f"{language}: {key} is untranslated"
            else:
                yield from (
                    f"{language}: {key} {wrong}" for wrong in _wrong(english[key], theirs[key], catalog)
                )


def _wrong(english: Message, theirs: Message, catalog: Catalog) -> Iterator[str]:
    forms = forms_of(theirs)
    if english.pluralizable != theirs.pluralizable:
        yield "has plural forms in one language only"
        return
    try:
        wanted = frozenset[str]().union(*map(blanks, forms_of(english)))
        given = [blanks(form) for form in forms]
    except ValueError as error:
        yield f"has braces that do not fit: {error}"
        return
    if (found := frozenset[str]().union(*given)) != wanted:
        yield f"has other placeholders than English: {', '.join(sorted(found ^ wanted))}"
    if not theirs.pluralizable:
        if "count" in wanted and forms[0] != "{count}":
            yield "counts without plural forms"
        return
    if len(forms) != catalog.num_plurals:
        yield f"has {len(forms)} plural forms, the language has {catalog.num_plurals}"
        return
    numbers = _numbers(catalog.plural_expr)
    for place, form in enumerate(given):
        if missing := wanted - form - {"count"}:
            yield f"lacks {', '.join(sorted(missing))} in plural form {place}"
        # A form for one number may say it in words; one for many has to give it.
        if "count" in wanted - form and max(numbers[place], default=0) > 2:
            yield f"hides the number in plural form {place}"


@cache
def _numbers(expression: str) -> dict[int, list[int]]:
    """Return for each plural form the numbers that it is for."""
    form_of, found = c2py(expression), defaultdict[int, list[int]](list)
    for number in _MANY:
        found[form_of(number)].append(number)
    return found


def _missing(english: set[str], uses: Uses) -> Iterator[str]:
    for key, place in sorted(uses.said.items()):
        if key not in english:
            yield f"{place}: {key} is in no catalogue"
    for kind in sorted(uses.kinds):
        if not any(key.startswith(f"{kind}.") for key in english):
            yield f"no key begins with {kind}., whose names the program says"


def _unused(english: set[str], uses: Uses) -> Iterator[str]:
    known = uses.mentioned | uses.said.keys()
    starts = (*uses.prefixes, *(f"{kind}." for kind in uses.kinds))
    for key in sorted(english - known):
        first, _, rest = key.partition("_")
        put_together = "." not in key and first in known and rest in known  # help_member
        if not key.startswith(starts) and not put_together:
            yield f"{key} is never said"


def found_in(sources: Iterable[Path]) -> Uses:
    """Return what the Python files and page templates under some folders say."""
    uses = Uses(prefixes={f"{kind}." for kind in _COMPUTED})
    for folder in sources:
        for path in sorted(folder.rglob("*.py")):
            inner = path.relative_to(folder).parts
            if inner[0] not in _NO_KEYS and "migrations" not in inner:
                _python(path, uses)
        for path in sorted(folder.rglob("*.html")):
            _template(path, uses)
    return uses


def _python(path: Path, uses: Uses) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _KEY.fullmatch(node.value):
            uses.mentioned.add(node.value)
        elif isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            start = str(node.values[0].value)
            if re.fullmatch(r"[a-z][a-z0-9_]*\.(?:[a-z0-9_]+\.)*", start):
                uses.prefixes.add(start)
        elif isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _SAYING:
                if start := _start(node.args[0]):
                    uses.prefixes.add(start)
                for key in _constants(node.args[0]):
                    if _KEY.fullmatch(key):
                        uses.said[key] = f"{path.name}:{node.lineno}"
            elif name in _NAMING:
                uses.kinds |= set(_constants(node.args[0]))
        if isinstance(node, ast.Call):  # errors name their sentence: BadInput("a line", say="wrong.empty")
            for said in (word.value for word in node.keywords if word.arg == "say"):
                for key in _constants(said):
                    if _KEY.fullmatch(key):
                        uses.said[key] = f"{path.name}:{node.lineno}"


def _start(node: ast.expr) -> str:
    """Return what a put-together text begins with: ``help_`` of ``f"help_{who}"``."""
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    start = parts[0].value if parts and isinstance(parts[0], ast.Constant) else ""
    return start if isinstance(start, str) and re.fullmatch(r"[a-z][a-z0-9_.]*[._]", start) else ""


def _template(path: Path, uses: Uses) -> None:
    text = path.read_text(encoding="utf-8")
    uses.mentioned |= set(_IN_TEMPLATE.findall(text))
    for key in _TEMPLATE_SAYS.findall(text):
        uses.said[key] = path.name
    uses.kinds |= set(_TEMPLATE_NAMES.findall(text))
    uses.prefixes |= set(_TEMPLATE_PREFIX.findall(text))


def _constants(node: ast.expr) -> list[str]:
    """Return the texts that an expression can be: a constant, or either branch of a condition."""
    if isinstance(node, ast.IfExp):
        return _constants(node.body) + _constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    found = problems()
    for line in found:
        print(line)
    print(f"{len(found)} problems" if found else "the catalogues are complete")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
