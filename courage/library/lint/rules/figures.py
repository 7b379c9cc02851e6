"""Editorial rule 8: every figure has its year, publisher and link or table, and is looked at again within a year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.facts import is_figure, later
from courage.library.lint.patterns import compiled, found
from courage.library.lint.rule import Context, Issue, Rule
from courage.library.lint.rules.facts import NUMBER, SHARE
from courage.library.placeholders import facts_in, without_facts

MONTHS: Final = 12
SPELLED: Final = compiled(
    en=r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten) (?:in|out of) (?:two|three|four|five|six|seven|eight|nine|ten)\b|"
    r"\b(?:half|a (?:third|quarter|fifth|tenth)|two thirds|three quarters|the majority) of\b|"
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|several) (?:hundred|thousand|million|billion)\b|\b(?:twice|three times) as\b",
    fr=r"\b(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix) \w+ sur (?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix)\b|"
    r"\b(?:la moitié|un tiers|un quart|deux tiers|trois quarts|la majorité) d|"
    r"\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|plusieurs) (?:cents?|mille|millions?|milliards?)\b",
    de=r"\b(?:ein|eine|einer|zwei|drei|vier|fünf|sechs|sieben|acht|neun) von (?:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn)\b|"
    r"\b(?:die Hälfte|ein Drittel|ein Viertel|zwei Drittel|drei Viertel|jede[rs]? (?:zweite|dritte|vierte|fünfte|zehnte)) |"
    r"\b(?:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|mehrere) (?:hundert|tausend|millionen|milliarden)\b|\bdoppelt so\b",
    ar=r"\b(?:نصف|ثلث|ربع|خُمس|ثلثا|ثلاثة أرباع|غالبية|أغلبية) (?=ال)|\b(?:ملايين|مليارات|مليون|مليار|آلاف) |\bضعف (?=\w)",
)


def check(draft: ResponseDraft, context: Context) -> Iterator[Issue]:
    """Find unknown facts, facts that are due, and figures written out that no complete source carries."""
    written = context.written or draft
    for fact_id in written.fact_ids():
        fact = context.facts.get(fact_id)
        if fact is None:
            yield Issue("error", "unknown_fact", f"there is no fact {fact_id!r} in the facts file")
            continue
        if draft.language not in fact.value and fact_id in {
            f for f, _ in facts_in(f"{written.text} {written.longer}")
        }:
            said = f"the fact {fact_id!r} has no value in {draft.language}; it has {', '.join(fact.value)}"
            yield Issue("error", "unknown_fact", said)
        if fact.due < context.today:
            yield Issue("warning", "fact_due", f"the fact {fact_id!r} was due to be looked up on {fact.due}")
        if is_figure(fact) and not fact.expect:
            said = f"the fact {fact_id!r} is a figure and does not say what people will answer: fill 'expect'"
            yield Issue("warning", "fact_without_expect", said)
    # A figure without any source is found by the rule on facts.
    figure = _figure(written) if written.sources else _spelled(written)
    if figure is not None and not _carried(written, context.today):
        said = (
            f"names {figure!r} without a fact of the facts file; a source of its own needs title, publisher, year and "
            f"locator, and review_on within {MONTHS} months"
        )
        yield Issue("warning", "figure_without_fact", said)
    for place, source in enumerate(written.sources, start=1):
        if not source.locator:
            yield Issue(
                "warning", "no_locator", f"source {place} has no locator: the link, or the table or page"
            )


def _figure(written: ResponseDraft) -> str | None:
    words = _words(written)
    match = SHARE.search(words) or NUMBER.search(words)
    return match.group().strip() if match else _spelled(written)


def _spelled(written: ResponseDraft) -> str | None:
    return found(SPELLED, written.language, _words(written))


def _words(written: ResponseDraft) -> str:
    return without_facts(f"{written.text} {written.longer}")


def _carried(written: ResponseDraft, today: date) -> bool:
    complete = bool(written.sources) and all(
        source.publisher and source.year and source.locator for source in written.sources
    )
    return complete and written.review_on is not None and written.review_on <= later(today, MONTHS)


RULE = Rule(
    ("unknown_fact", "fact_due", "fact_without_expect", "figure_without_fact", "no_locator"),
    check,
    editorial=8,
)
