"""How well the production ranking does on judged pairs of message and response."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from courage.clock import utcnow
from courage.db.engine import create_all, make_engine, make_sessions, next_revision, writing
from courage.detection.verdict import Verdict
from courage.library import store
from courage.library.drafts import ResponseDraft
from courage.library.errors import DraftError, ExchangeError
from courage.library.search.index import LibraryIndex
from courage.library.search.vectors import Encoder
from courage.library.service import Library
from courage.library.suggest import metrics
from courage.library.suggest.judgements import read_judgements
from courage.library.suggest.pair_reader import Reader
from courage.library.suggest.ranking import RankingWeights
from courage.library.suggest.recommend import Ranked, Recommender
from courage.library.suggest.subjects import named_groups
from courage.library.views import Actor
from courage.taxonomy import LANGUAGES

__all__ = ["each_ranked", "evaluate_retrieval", "pretty", "read_judgements"]

Screen = Callable[[Sequence[str]], Sequence[Verdict]]


def evaluate_retrieval(
    file: Path,
    *,
    encoder: Encoder,
    screen: Screen | None = None,
    reading: Mapping[str, Any] | None = None,
    reader: Reader | None = None,
    judged_only: bool = False,
    message_column: str | None = None,
    response_column: str | None = None,
    label_column: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Rank the distinct responses of a CSV file of judged pairs for each of its distinct messages.

    The responses become a temporary library, approved and without narratives; every message goes through the production
    ranking (:meth:`Recommender.rank`): same features, cross-encoder and weights, but nothing is cut for not fitting, no
    group or language is left out, the cross-encoder (``reader``) reads all of them and not only the likeliest, no
    variety is asked for, nothing is learned and nothing drawn by chance. Target groups come from ``screen`` or, where
    it finds none, from the groups named in the text, for messages and responses.
    Pairs without a judgement count as not relevant, unless
    ``judged_only`` ranks only what was judged for a message. Messages without any relevant response are left out
    and counted.

    Nothing is fitted to the file. ``reading`` is how the index reads texts (``Components.texts_read``).

    :raises ExchangeError: if the file cannot be read or has no such columns.
    """
    pairs = read_judgements(Path(file), message_column, response_column, label_column)
    messages = list(dict.fromkeys(message for message, _ in pairs))
    texts = list(dict.fromkeys(response for _, response in pairs))
    measured: dict[str, list[float]] = {name: [] for name in ("P@1", "P@3", "MRR", "nDCG@10", "MAP")}
    for message, _, ranked in each_ranked(
        pairs, encoder=encoder, screen=screen, reading=reading, reader=reader, progress=progress
    ):
        judged = [(message, text) for text in ranked]
        relevance = [pairs.get(pair, 0) for pair in judged if not judged_only or pair in pairs]
        measured["P@1"].append(metrics.precision(relevance, 1))
        measured["P@3"].append(metrics.precision(relevance, 3))
        measured["MRR"].append(metrics.reciprocal_rank(relevance))
        measured["nDCG@10"].append(metrics.ndcg(relevance, 10))
        measured["MAP"].append(metrics.average_precision(relevance))
    relevant = len(measured["MAP"])
    return {
        **{name: float(np.mean(values)) if values else 0.0 for name, values in measured.items()},
        "messages": relevant,
        "messages_without_relevant": len(messages) - relevant,
        "responses": len(texts),
        "pairs": len(pairs),
        "judged_only": judged_only,
    }


def each_ranked(
    pairs: Mapping[tuple[str, str], int],
    *,
    encoder: Encoder,
    screen: Screen | None = None,
    reading: Mapping[str, Any] | None = None,
    reader: Reader | None = None,
    weights: RankingWeights | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[str, Ranked, list[str]]]:
    """Yield each message that has a relevant response, the ranking of all responses for it, and their texts, best
    first. See :func:`evaluate_retrieval` for how they are ranked.

    :raises ExchangeError: if a response cannot be ranked.
    """
    texts = list(dict.fromkeys(response for _, response in pairs))
    relevant = list(dict.fromkeys(message for (message, _), label in pairs.items() if label))
    with tempfile.TemporaryDirectory(prefix="courage-evaluation-") as folder:
        recommender = temporary_library(Path(folder), texts, encoder, screen, reading, reader, weights)
        verdicts = verdicts_of(relevant, screen)
        for done, (message, verdict) in enumerate(zip(relevant, verdicts, strict=True), start=1):
            vector = recommender.index.vectors.query(message, verdict.language)
            ranked = recommender.rank(
                vector,
                verdict,
                organisation_id=1,
                reach=len(texts),
                only_matching=False,
                text=message,
                read=len(texts),
            )
            yield message, ranked, [texts[int(c.id[1:])] for c in ranked.candidates]
            if progress is not None:
                progress(done, len(relevant))
        recommender.index.close()


def pretty(report: dict[str, Any]) -> str:
    """Return the report in a few lines."""
    lines = [f"{name:<8} {report[name]:.3f}" for name in ("P@1", "P@3", "MRR", "nDCG@10", "MAP")]
    ranked = (
        "only what was judged for each message" if report["judged_only"] else "all of them for each message"
    )
    lines.append(
        f"{report['messages']} messages, {report['responses']} responses, ranked {ranked}; "
        f"{report['messages_without_relevant']} messages without a relevant response left out"
    )
    return "\n".join(lines)


def temporary_library(
    folder: Path,
    texts: list[str],
    encoder: Encoder,
    screen: Screen | None,
    reading: Mapping[str, Any] | None,
    reader: Reader | None,
    weights: RankingWeights | None,
) -> Recommender:
    """Return a recommender over texts alone, approved as ``r0``, ``r1`` … in the order given, in a new database in ``folder``.

    :raises ExchangeError: if one cannot be ranked.
    """
    engine = make_engine(f"sqlite:///{folder / 'library.db'}")
    create_all(engine)
    library = Library(make_sessions(engine))
    by, now = Actor(None, "evaluation"), utcnow()
    with writing(library.sessions, 1) as session:
        revision = next_revision(session, 1)
        for number, (text, verdict) in enumerate(zip(texts, verdicts_of(texts, screen), strict=True)):
            language = verdict.language if verdict.language in LANGUAGES else "en"
            draft = ResponseDraft(
                text=text, language=language, strategy="facts", targets=verdict.targets, id=f"r{number}"
            )
            try:
                draft = draft.checked()
            except DraftError as error:
                raise ExchangeError(f"the response {text[:40]!r} cannot be ranked: {error}") from error
            store.insert(
                session, draft, by=by, organisation_id=1, now=now, state="approved", revision=revision
            )
    index = LibraryIndex(library.sessions, encoder, **(reading or {}))
    index.open()
    return Recommender(library, index, frozen=True, reader=reader, weights=weights)


def verdicts_of(texts: Sequence[str], screen: Screen | None) -> Sequence[Verdict]:
    """Return verdicts with the groups that the texts name; without ``screen`` all are of English and name none."""
    if screen is not None:
        return [_with_named(verdict) for verdict in screen(texts)]
    return [Verdict(text, True, 1.0, "derogation", 2, (), "en", "counter") for text in texts]


def _with_named(verdict: Verdict) -> Verdict:
    """Fill in the groups that a benign text names, as somebody who imports responses would."""
    if verdict.targets:
        return verdict
    return replace(verdict, targets=named_groups(verdict.text, verdict.language))
