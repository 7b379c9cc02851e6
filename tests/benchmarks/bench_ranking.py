"""Measures the ranking against judgements of others: ``python -m tests.benchmarks.bench_ranking``.

Three rankings of the same pools, in the same run: the production ranking (first step and cross-encoder), the cosine of
frozen all-MiniLM-L6-v2 (which gets other languages as glosses), and that of frozen multilingual-e5-small with its prefixes.

* ``conan``: pools made from ``conan.csv`` of the folder that ``COURAGE_DATA`` names; left out without it. Nothing is
  trained or chosen on it.
* ``blind``: the messages of ``seeds/retrieval/pairs-*.jsonl`` that were kept apart before anything was trained, each
  with the answers that were judged for it.
* ``pools``: messages of ``seeds/retrieval/pools-*.jsonl`` that were kept apart, each with 30 answers of which 17 were drawn
  by chance and not for being alike.
* for the same messages, by kind: how often one of the first three of those answers is right (relevance and suitability
  at least 2), and what is known of what production offers from the starter library.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from courage.clock import utcnow
from courage.db.engine import next_revision, writing
from courage.detection.model import e5
from courage.detection.model.encoder import load_encoder
from courage.detection.training.judged_pairs import Judged, by_message, read_judged
from courage.library import store
from courage.library.drafts import ResponseDraft
from courage.library.search.vectors import Vectors
from courage.library.suggest.evaluate import temporary_library, verdicts_of
from courage.library.suggest.ranker import Ranked
from courage.library.suggest.ranking import RankingWeights
from courage.library.suggest.recommend import Recommender
from courage.library.suggest.subjects import named_groups, with_subject
from courage.library.views import Actor
from courage.settings import load_settings
from courage.shipped import SEEDS
from courage.wiring import Components
from tests.benchmarks.measure import take_along

MESSAGES: Final = 45
POOL: Final = 100
MOST_PAIRED: Final = 10
SEED: Final = 45
RIGHT: Final = 2.0
#: How the judged pairs call groups that the program calls otherwise.
CODES: Final = {"poc": "people_of_colour"}

#: message, answers, how good each is
Pool = tuple[str, list[str], list[float]]
Scores = Callable[[str, Sequence[str]], np.ndarray]


def ndcg(worth: Sequence[float], ideal: Sequence[float], k: int = 10) -> float:
    """Return the normalised discounted cumulative gain of the first ``k``; ``worth`` is in the order of the ranking."""
    best = sum(w / math.log2(place + 2) for place, w in enumerate(sorted(ideal, reverse=True)[:k]))
    return sum(w / math.log2(place + 2) for place, w in enumerate(worth[:k])) / best if best else 1.0


def conan_pools(file: Path) -> dict[str, list[Pool]]:
    """Return the pools of CONAN's English part: ``paired`` and, of the same answers, ``kindred``.

    45 of its messages as they were first written (no paraphrases) are drawn. Each is ranked with 100 answers: up to ten
    that experts wrote to it and others that they wrote to other messages, drawn by chance. ``paired``: an answer is worth
    1 where it was written to the message. ``kindred``: 2 where it was, 1 where it was written to another message of just
    the same subtypes (all of CONAN is about one group). The columns say no more; many of the others would fit as well.
    """
    with file.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["cn_id"].startswith("EN")]
    rows = [row for row in rows if not row["cn_id"][:-1].endswith("P")]
    answers: defaultdict[str, list[str]] = defaultdict(list)
    kinds: dict[str, str] = {}
    for row in rows:
        message, answer = row["hateSpeech"].strip(), row["counterSpeech"].strip()
        kinds[message] = row["hsSubType"]
        if answer not in answers[message]:
            answers[message].append(answer)
    pick = random.Random(SEED)
    written: defaultdict[str, set[str]] = defaultdict(set)
    for message, own in answers.items():
        for answer in own:
            written[answer].add(message)
    found: dict[str, list[Pool]] = {"paired": [], "kindred": []}
    for message in pick.sample(sorted(m for m in answers if len(answers[m]) >= 3), MESSAGES):
        own = pick.sample(answers[message], min(MOST_PAIRED, len(answers[message])))
        rest = sorted(answer for answer, to in written.items() if message not in to)
        pool = [*own, *pick.sample(rest, POOL - len(own))]
        pick.shuffle(pool)
        paired = [float(answer in own) for answer in pool]
        kindred = [
            2.0 if p else float(any(kinds[m] == kinds[message] for m in written[answer]))
            for answer, p in zip(pool, paired, strict=True)
        ]
        found["paired"].append((message, pool, paired))
        found["kindred"].append((message, pool, kindred))
    return found


def blind_pools(pairs: Sequence[Judged]) -> list[Pool]:
    """Return each message with the answers judged for it, worth relevance and suitability together."""
    return [
        (group[0].message, [p.answer for p in group], [p.means()[0] + p.means()[3] for p in group])
        for group in by_message(pairs)
    ]


def agreement(pools: Sequence[Pool], scores: Mapping[str, np.ndarray]) -> float:
    """Return the share of pairs of answers, unlike in worth, that are in the order of the judges."""
    right: list[float] = []
    for message, _, worth in pools:
        said = scores[message]
        for a in range(len(worth)):
            for b in range(a):
                if worth[a] != worth[b]:
                    right.append(
                        0.5 if said[a] == said[b] else float((said[a] > said[b]) == (worth[a] > worth[b]))
                    )
    return float(np.mean(right)) if right else float("nan")


def between_judges(pairs: Sequence[Judged]) -> dict[str, Any]:
    """Return how far two judges agree: the order of answers within messages by relevance and suitability, and kappa.

    Order: of pairs of answers that both judges ranked apart, and of those that either did (where one sees no
    difference, half counts).
    """
    twice = [p for p in pairs if len(p.judgements) == 2]
    clear: list[float] = []
    either: list[float] = []
    for group in by_message(twice):
        for a in range(len(group)):
            for b in range(a):
                first, second = (
                    (group[a].judgements[j][0] + group[a].judgements[j][3])
                    - (group[b].judgements[j][0] + group[b].judgements[j][3])
                    for j in (0, 1)
                )
                if first and second:
                    clear.append(float((first > 0) == (second > 0)))
                if first or second:
                    either.append(float((first > 0) == (second > 0)) if first and second else 0.5)
    names = ("relevance", "aggressiveness", "coherence", "suitability")
    return {
        "pairs": len(twice),
        "same order, both see a difference": round(float(np.mean(clear)), 3) if clear else None,
        "same order, either sees one": round(float(np.mean(either)), 3) if either else None,
        **{
            f"kappa, {name}": round(_kappa([(p.judgements[0][k], p.judgements[1][k]) for p in twice]), 3)
            for k, name in enumerate(names)
        },
    }


def _kappa(rows: Sequence[tuple[int, int]], levels: int = 4) -> float:
    """Return Cohen's kappa with quadratic weights."""
    table = np.zeros((levels, levels))
    for a, b in rows:
        table[a, b] += 1
    table /= max(table.sum(), 1)
    chance = np.outer(table.sum(1), table.sum(0))
    distance = (np.arange(levels)[:, None] - np.arange(levels)) ** 2
    expected = float((distance * chance).sum())
    return 1.0 - float((distance * table).sum()) / expected if expected else float("nan")


def cosine(vectors: Vectors, language: Callable[[str], str]) -> Scores:
    """Return the ranking by the cosine of a frozen encoder."""

    def scores(message: str, answers: Sequence[str]) -> np.ndarray:
        spoken = language(message)
        found = vectors.many(list(answers), [spoken] * len(answers)) @ vectors.query(message, spoken)
        return np.asarray(found)

    return scores


def production(
    components: Components,
    pools: Sequence[Pool],
    *,
    reading: bool = True,
    weights: RankingWeights | None = None,
) -> dict[str, np.ndarray]:
    """Return what the production ranking says of every pool's answers.

    Nothing is known of the answers but their texts; groups are those that screening finds or the texts name.
    """
    texts = list(dict.fromkeys(answer for _, answers, _ in pools for answer in answers))
    screen = components.screener.screen_many
    found: dict[str, np.ndarray] = {}
    with tempfile.TemporaryDirectory(prefix="courage-pools-") as folder:
        recommender = temporary_library(
            Path(folder), texts, components.encoder, screen, components.texts_read,
            components.reader if reading else None, weights or components.ranking.weights,
        )  # fmt: skip
        index = recommender.index
        verdicts = verdicts_of([message for message, _, _ in pools], screen)
        for (message, answers, _), verdict in zip(pools, verdicts, strict=True):
            vector = index.vectors.query(message, verdict.language)
            hits = index.search(vector, 1, len(texts), message)
            numbers = {texts.index(answer) + 1 for answer in answers}
            ranked = recommender.rank(
                vector, verdict, organisation_id=1, only_matching=False, text=message, read=len(answers),
                hits=[hit for hit in hits if hit.number in numbers],
            )  # fmt: skip
            scores = {texts[int(c.id[1:])]: s for c, s in zip(ranked.candidates, ranked.scores, strict=True)}
            found[message] = np.array([scores[answer] for answer in answers])
        index.close()
    return found


class Shelf:
    """The starter library with the answers besides that were judged, as if a trainer had added and approved them."""

    def __init__(self, components: Components, pairs: Sequence[Judged]) -> None:
        self._components = components
        library = components.library
        self._numbers = {
            (view.language, view.text): view.number for view in library.list(organisation_id=1, limit=100_000)
        }
        missing = list(
            dict.fromkeys(
                (p.language, p.answer) for p in pairs if (p.language, p.answer) not in self._numbers
            )
        )
        by, now = Actor(None, "benchmark"), utcnow()
        with writing(library.sessions, 1) as session:
            revision = next_revision(session, 1)
            for place, (language, text) in enumerate(missing):
                draft = ResponseDraft(
                    text=text, language=language, strategy="question", targets=named_groups(text, language),
                    id=f"judged-{place}", general=True,
                ).checked()  # fmt: skip
                store.insert(
                    session, draft, by=by, organisation_id=1, now=now, state="approved", revision=revision
                )
        self._numbers |= {
            (view.language, view.text): view.number
            for view in library.list(organisation_id=1, limit=100_000)
            if view.id.startswith("judged-")
        }
        components.index.refresh()

    def ranked(
        self, pools: Sequence[Pool], spoken: Mapping[str, str], *, reading: bool = True,
        weights: RankingWeights | None = None,
    ) -> Iterator[tuple[Pool, Ranked, list[int]]]:  # fmt: skip
        """Yield each pool, the production ranking of its answers, and where in the pool each of them stands."""
        parts = self._components
        index = parts.index
        recommender = Recommender(
            parts.library, index, frozen=True, reader=parts.reader if reading else None,
            weights=weights or parts.ranking.weights,
        )  # fmt: skip
        verdicts = parts.screener.screen_many([message for message, _, _ in pools], explained=False)
        for pool, verdict in zip(pools, verdicts, strict=True):
            message, answers, _ = pool
            language = spoken[message]
            places = {self._numbers[language, answer]: place for place, answer in enumerate(answers)}
            vector = index.vectors.query(message, language)
            hits = [hit for hit in index.search(vector, 1, index.size(1), message) if hit.number in places]
            judged = with_subject(replace(verdict, language=language), named_groups(message, language))
            ranked = recommender.rank(
                vector, judged, organisation_id=1, only_matching=False, hits=hits, text=message,
                read=len(answers),
            )  # fmt: skip
            yield pool, ranked, [places[candidate.number] for candidate in ranked.candidates]

    def scores(
        self, pools: Sequence[Pool], spoken: Mapping[str, str], *, reading: bool = True
    ) -> dict[str, np.ndarray]:
        """Return what the production ranking says of every pool's answers."""
        found: dict[str, np.ndarray] = {}
        for (message, answers, _), ranked, places in self.ranked(pools, spoken, reading=reading):
            row = np.full(len(answers), -1.0)
            row[places] = ranked.scores
            found[message] = row
        return found


def figures(pools: Sequence[Pool], scores: Mapping[str, np.ndarray]) -> float:
    """Return the mean nDCG@10."""
    return float(
        np.mean(
            [ndcg([worth[i] for i in np.argsort(-scores[m], kind="stable")], worth) for m, _, worth in pools]
        )
    )


@dataclass(frozen=True, slots=True)
class Rankings:
    """The rankings that are compared; with ``shelf`` answers are those of a library, without they are texts alone."""

    components: Components
    baselines: Mapping[str, Scores]
    spoken: Mapping[str, str]

    def compare(
        self, name: str, pools: Sequence[Pool], *, shelf: Shelf | None = None, agreeing: bool = False
    ) -> dict[str, Any]:
        """Return the figures of all rankings on some pools."""

        def ours(reading: bool) -> dict[str, np.ndarray]:
            if shelf is not None:
                return shelf.scores(pools, self.spoken, reading=reading)
            return production(self.components, pools, reading=reading)

        said = {
            "production": ours(True),
            "first step alone": ours(False),
            **{label: {m: rank(m, a) for m, a, _ in pools} for label, rank in self.baselines.items()},
        }
        told: dict[str, Any] = {"pools": name, "messages": len(pools)}
        told["nDCG@10"] = {label: round(figures(pools, scores), 3) for label, scores in said.items()}
        better = max(told["nDCG@10"][label] for label in self.baselines)
        told["above the better baseline"] = round(told["nDCG@10"]["production"] / better - 1, 3)
        if agreeing:
            told["order of the judges"] = {
                label: round(agreement(pools, scores), 3) for label, scores in said.items()
            }
        return told


def first_three(pairs: Sequence[Judged], said: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return how often a right answer is among the first three of those judged, by kind of message.

    Only messages count for which the judges found a right one; ``said`` ranks the answers judged.
    """
    shares: defaultdict[str, list[bool]] = defaultdict(list)
    for group in by_message(pairs):
        right = [_right(pair) for pair in group]
        if any(right):
            order = np.argsort(-said[group[0].message], kind="stable")
            shares[group[0].kind].append(any(right[i] for i in order[:3]))
    return _shares(shares)


def offered(components: Components, pairs: Sequence[Judged]) -> dict[str, Any]:
    """Return what is known of the suggestions from the starter library for messages that a person reports as hateful.

    ``silent``: none. ``right``: of those with a judged suggestion, whether one is right. ``other group``: suggestions
    that stand up for other groups than the message's only.
    """
    groups = by_message(pairs)
    verdicts = components.screener.screen_many([group[0].message for group in groups], explained=False)
    targets = {view.id: view.targets for view in components.library.list(organisation_id=1, limit=100_000)}
    silent: defaultdict[str, list[bool]] = defaultdict(list)
    right: defaultdict[str, list[bool]] = defaultdict(list)
    other: defaultdict[str, list[bool]] = defaultdict(list)
    for group, verdict in zip(groups, verdicts, strict=True):
        asked = replace(
            verdict, hateful=True, route="counter", severity=max(1, min(2, verdict.severity)),
            category=verdict.category if verdict.hateful else "derogation",
        )  # fmt: skip
        advice = components.recommender.suggest(group[0].message, asked, organisation_id=1)
        kind, meant = group[0].kind, CODES.get(group[0].group, group[0].group)
        silent[kind].append(advice.abstained)
        known = {pair.answer: _right(pair) for pair in group}
        if judged := [known[s.text] for s in advice.suggestions if s.text in known]:
            right[kind].append(any(judged))
        other[kind] += [bool(targets[s.id]) and meant not in targets[s.id] for s in advice.suggestions]
    return {"silent": _shares(silent), "right": _shares(right), "other group": _shares(other)}


def _right(pair: Judged) -> bool:
    relevance, _, _, suitability = pair.means()
    return relevance >= RIGHT and suitability >= RIGHT


def _shares(found: Mapping[str, Sequence[bool]]) -> dict[str, Any]:
    return {
        kind: {"share": round(float(np.mean(v)), 3), "of": len(v)} for kind, v in sorted(found.items()) if v
    }


def main() -> None:
    """Print one JSON line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part",
        default="blind",
        choices=("blind", "choose"),
        help="which judged messages; choose: to choose by",
    )
    parser.add_argument("--no-conan", action="store_true", help="leave CONAN out, wherever it is")
    options = parser.parse_args()
    pairs = read_judged(SEEDS / "retrieval")
    print(json.dumps({"two judges": between_judges(pairs)}), flush=True)
    mine = [pair for pair in pairs if pair.part == options.part]
    drawn = [pair for pair in read_judged(SEEDS / "retrieval", "pools") if pair.part == options.part]
    spoken = {pair.message: pair.language for pair in [*mine, *drawn]}
    with tempfile.TemporaryDirectory(prefix="courage-ranking-") as home:
        settings = load_settings()
        cache = settings.cache
        take_along(settings, Path(home))
        changes: dict[str, Any] = {"home": Path(home), "database_url": "", "cross_encoder": True}
        with Components(settings.model_copy(update=changes)) as components:
            vectors = Vectors(components.encoder, None, components.pivot)
            other = Vectors(load_encoder(e5.NAME, cache=cache), None, prefixes=(e5.QUERY, e5.PASSAGE))

            def language(message: str) -> str:
                return spoken.get(message, "en")

            baselines = {"MiniLM": cosine(vectors, language), "e5": cosine(other, language)}
            rankings = Rankings(components, baselines, spoken)
            print(json.dumps({"offered": offered(components, mine)}), flush=True)
            pools, shelf = blind_pools(mine), Shelf(components, [*mine, *drawn])
            print(json.dumps(rankings.compare(options.part, pools, shelf=shelf, agreeing=True)), flush=True)
            by_chance = blind_pools(drawn)
            told = rankings.compare("pools", by_chance, shelf=shelf, agreeing=True)
            print(json.dumps(told), flush=True)
            for code in sorted(set(spoken.values())):
                for name, every in ((options.part, pools), ("pools", by_chance)):
                    some = [pool for pool in every if spoken[pool[0]] == code]
                    told = rankings.compare(f"{name}, {code}", some, shelf=shelf, agreeing=True)
                    print(json.dumps(told), flush=True)
            told = rankings.compare(f"{options.part}, texts alone", pools, agreeing=True)
            print(json.dumps(told), flush=True)
            for name, judged, every in ((options.part, mine, pools), ("pools", drawn, by_chance)):
                for reading in (True, False):
                    top = first_three(judged, shelf.scores(every, spoken, reading=reading))
                    told = {"right among the first three judged": name, "read": reading, **top}
                    print(json.dumps(told), flush=True)
            file = Path(os.environ.get("COURAGE_DATA", "")) / "conan.csv"
            if options.no_conan or not os.environ.get("COURAGE_DATA") or not file.is_file():
                print(
                    json.dumps({"pools": "conan", "left out": "COURAGE_DATA names no folder with conan.csv"})
                )
                return
            for name, some in conan_pools(file).items():
                print(json.dumps(rankings.compare(f"conan, {name}", some)), flush=True)


if __name__ == "__main__":
    main()
