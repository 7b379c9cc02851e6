"""Checks files of responses and facts as the starter library has to be: no error, and no editorial rule broken."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from courage.library.drafts import BRIEF_MAX, ResponseDraft
from courage.library.errors import ExchangeError
from courage.library.facts import Fact
from courage.library.lint.linter import Linter
from courage.library.starter import FACTS, Placed, read_facts, read_responses
from courage.taxonomy import LANGUAGES, STRATEGIES, TARGET_GROUPS

BRIEF_SHARE: Final = 0.6  # of a language's responses, at least, are brief
LIKE: Final = 0.8  # share of words from which two texts say the same
PER_PLACE: Final = 2  # responses of each strategy for each group in each language
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: the editorial rule (0: a matter of form), the place and what is wrong."""

    file: str
    line: int
    id: str
    rule: int
    code: str
    message: str

    def pretty(self) -> str:
        """Return the finding on one line, place first."""
        rule = f"rule {self.rule}" if self.rule else "form"
        return f"{self.file}:{self.line}: {self.id}: {rule} {self.code}: {self.message}"


@dataclass(slots=True)
class Report:
    """What was read and what has to be mended. ``holes`` are (language, group, strategy, responses there)."""

    responses: int = 0
    facts: int = 0
    findings: list[Finding] = field(default_factory=list)
    brief: dict[str, tuple[int, int]] = field(default_factory=dict)  # language → brief responses, all
    holes: list[tuple[str, str, str, int]] = field(default_factory=list)


def check_path(
    path: Path,
    linter: Callable[[dict[str, Fact]], Linter],
    *,
    facts_folder: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check one file, or every file below a folder.

    :param linter: makes the linter that knows these facts.
    :param facts_folder: where the facts are; default: the folder ``facts`` beside or above ``path``.
    :raises ExchangeError: if there is nothing at ``path``.
    """
    if not path.exists():
        raise ExchangeError(f"there is no file or folder {path}")
    report = Report()
    folder = facts_folder or _facts_beside(path)
    problems: list[Placed[ExchangeError]] = []
    facts = read_facts(folder, problems) if folder is not None else []
    wanted = path.resolve()
    in_facts = folder is not None and (wanted == folder.resolve() or folder.resolve() in wanted.parents)
    read = [] if in_facts else read_responses(path, problems)
    report.findings += [Finding(p.file, p.line, "", 0, "unreadable", str(p.entry)) for p in problems]
    report.responses, report.facts = len(read), len(facts)
    by_id = {placed.entry.id: placed.entry for placed in facts}
    check = linter(by_id).check
    for done, placed in enumerate(read, start=1):
        for issue in check(placed.entry):
            if issue.level == "error" or issue.editorial:
                report.findings.append(_finding(placed, issue.editorial, issue.code, issue.message))
        if progress is not None:
            progress(done, len(read))
    report.findings += _alike(read)
    report.brief = _brief(read)
    if path.is_dir():
        used = {fact for placed in read for fact in placed.entry.fact_ids()}
        unused = [placed for placed in facts if placed.entry.id not in used and not in_facts]
        report.findings += [
            Finding(f"{FACTS}/{p.file}", p.line, p.entry.id, 8, "fact_unused", "no response uses this fact")
            for p in unused
        ]
        report.findings += [
            Finding(
                language,
                1,
                "",
                1,
                "few_brief",
                f"{short} of {all_} responses are brief; {BRIEF_SHARE:.0%} must be",
            )
            for language, (short, all_) in report.brief.items()
            if short < BRIEF_SHARE * all_
        ]
        report.holes = _holes(read)
    return report


def overdue(facts: Sequence[Fact], today: date) -> list[Fact]:
    """Return the facts that somebody has to look up again, the most overdue first."""
    return sorted((fact for fact in facts if fact.due < today), key=lambda fact: fact.due)


def _facts_beside(path: Path) -> Path | None:
    for folder in (path, *path.resolve().parents):
        if folder.name == FACTS and folder.is_dir():
            return folder
        if (folder / FACTS).is_dir():
            return folder / FACTS
    return None


def _finding(placed: Placed[ResponseDraft], rule: int, code: str, message: str) -> Finding:
    return Finding(placed.file, placed.line, placed.entry.id, rule, code, message)


def _alike(read: Sequence[Placed[ResponseDraft]]) -> list[Finding]:
    """Find texts of one language that share most of their words with an earlier one."""
    findings = []
    earlier: defaultdict[str, list[tuple[frozenset[str], str]]] = defaultdict(list)
    for placed in read:
        words = frozenset(_WORD.findall(placed.entry.text.casefold()))
        for others, name in earlier[placed.entry.language]:
            shared = len(words & others)
            if words and shared >= LIKE * len(words | others):
                said = f"says nearly the same as {name}"
                findings.append(_finding(placed, 0, "alike", said))
                break
        earlier[placed.entry.language].append((words, placed.entry.id))
    return findings


def _brief(read: Sequence[Placed[ResponseDraft]]) -> dict[str, tuple[int, int]]:
    short = Counter(p.entry.language for p in read if len(p.entry.text) < BRIEF_MAX)
    every = Counter(p.entry.language for p in read)
    return {language: (short[language], every[language]) for language in LANGUAGES if every[language]}


def _holes(read: Sequence[Placed[ResponseDraft]]) -> list[tuple[str, str, str, int]]:
    counts = Counter(
        (placed.entry.language, target, placed.entry.strategy)
        for placed in read
        if placed.entry.kind == "counter_narrative"
        for target in placed.entry.targets
    )
    languages = [language for language in LANGUAGES if any(p.entry.language == language for p in read)]
    places = ((lang, target, s) for lang in languages for target in TARGET_GROUPS for s in STRATEGIES)
    return [(*place, counts[place]) for place in places if counts[place] < PER_PLACE]
