"""The whole way from messages to verdicts, in batches."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from courage.detection.judging import Judge, Judged, Message
from courage.detection.model.assessment import Assessor, load_assessor
from courage.detection.model.encoder import Backend
from courage.detection.model.evidence import GROUP_WORD, IDENTITY, INSULT, SLUR, VIOLENCE
from courage.detection.model.heads import LIKELY_GRAVE, Outputs, Settings
from courage.detection.reasons import deciding_words, explain
from courage.detection.text.language import identify, warm_up
from courage.detection.text.lexicons import DEFAULT_FOLDER
from courage.detection.text.matchers import Match, frames, matchers, named_subgroups, named_targets
from courage.detection.text.pivot import to_pivot
from courage.detection.text.preparation import spoken
from courage.detection.verdict import Reason, Verdict
from courage.errors import CourageError
from courage.shipped import DETECTION_MODEL
from courage.taxonomy import (
    CATEGORIES,
    ESCALATED,
    LANGUAGES,
    NARRATIVE,
    SENSITIVITIES,
    SUBGROUPS,
    TARGET_GROUPS,
)

MAX_CHARS: Final = 100_000
DEFAULT_MODEL: Final = DETECTION_MODEL
_TARGET_LIMIT = 0.4
_NAMED_LIMIT = 0.1  # where the text names the group
_BESIDE_LIMIT = 0.5  # of women where another group is likelier
_LONGEST_WORD = 120
_SURE = 0.95
_LEAST_NARRATIVE = 0.5
# A cheap look for words without which no rule on abuse of children can match, so that few messages are parsed.
_OF_CHILDREN = re.compile(
    r"sex|nude|naked|porn|erotic|intercourse|sleeping with|nackt|nue?s?\b|coucher|rapports|عار|جنس|اباح|عرايا",
    re.I,
)
_SEVERITY = {
    "none": 0, "animosity": 1, "derogation": 2, "slur": 2, "dehumanisation": 3, "support_hate": 2, "threat": 3,
    "incitement": 3, "terrorism": 3, "child_abuse": 3, NARRATIVE: 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Finding:
    """What is to be said of one message, for the sake of its worst part; ``score`` is what people are shown."""

    judged: Judged
    score: float
    hateful: bool
    escalated: bool
    category: str
    found: tuple[Match, ...]

    @property
    def flag(self) -> str | None:
        """What this makes of the message (one of ``FLAGS``), ``None`` where it passes it over."""
        if self.escalated:
            return "escalated"
        return "hateful" if self.hateful else NARRATIVE if self.category == NARRATIVE else None


class Screener:
    """Screens messages; one instance serves all threads.

    ``version`` names the model and its limits: the same version gives the same text the same score.
    """

    def __init__(self, assessor: Assessor, settings: Settings, lexicons: Path = DEFAULT_FOLDER) -> None:
        self.assessor = assessor
        self.settings = settings
        self._lexicons = lexicons
        self.reads = frozenset(settings.raw.get("reads", LANGUAGES)) | {"und"}
        self.version = _version(assessor, settings)
        self._judge = Judge(assessor, settings, self.reads)

    def screen(self, text: str, sensitivity: str = "balanced") -> Verdict:
        """Screen one message.

        :raises CourageError: on an unknown sensitivity, a text that is no string or longer than 100,000 characters.
        """
        return self.screen_many([text], sensitivity)[0]

    def screen_many(
        self,
        texts: Sequence[str],
        sensitivity: str = "balanced",
        *,
        explained: bool = True,
        language: str | None = None,
    ) -> list[Verdict]:
        """Screen many messages at once; verdicts come in the order of the texts.

        ``explained`` false leaves out the words that decided, which is faster where much is hateful.
        ``language`` says in which language all texts are, where that is known.

        :raises CourageError: as :meth:`screen` does.
        """
        self.settings.threshold("en", sensitivity)
        for text in texts:
            if not isinstance(text, str):
                raise CourageError(f"a message must be text, not {type(text).__name__}")
            if len(text) > MAX_CHARS:
                raise CourageError(f"a message has {len(text)} characters; at most {MAX_CHARS} are screened")
        verdicts: list[Verdict] = []
        messages: list[Message] = []
        wordy: list[int] = []
        for place, text in enumerate(texts):
            normal = self.assessor.prepare.readable(text)
            code = language or identify(spoken(normal))
            says = _says_something(normal.text)
            spans = self._judge.spans(normal, code, identified=language is None) if says else []
            if spans:
                wordy.append(place)
                messages.append(Message(normal, code, tuple(spans)))
            verdicts.append(self._unread(text, code) if says and not spans else self._benign(text, 0.0, code))
        flagged: list[tuple[int, Message, _Finding]] = []
        flags: dict[int, Mapping[str, str]] = {}
        for place, message, judged in zip(wordy, messages, self._judge(messages), strict=True):
            if judged:
                worst = judged[0]
                verdicts[place] = self._benign(texts[place], worst.probability, worst.part.language)
            findings = self._findings(message, judged)
            finding = findings[sensitivity]
            if finding is not None and (explained or finding.flag):
                flagged.append((place, message, finding))
            flags[place] = {
                name: found.flag for name, found in findings.items() if found is not None and found.flag
            }
        hateful = [
            (finding.judged.part, finding.judged.probability) for _, _, finding in flagged if finding.hateful
        ]
        words = iter(
            deciding_words(self.assessor, self.settings, hateful) if explained else [()] * len(hateful)
        )
        for place, message, finding in flagged:
            mine = next(words) if finding.hateful else ()
            verdicts[place] = self._verdict(texts[place], message, finding, mine)
        for place, mine_by in flags.items():
            if mine_by:
                verdicts[place] = replace(verdicts[place], by_sensitivity=mine_by)
        return verdicts

    def _findings(self, message: Message, judged: Sequence[Judged]) -> dict[str, _Finding | None]:
        """Return by sensitivity what is to be said of a message's worst part, ``None`` where nothing is.

        What a part scores and holds is asked once; the limits of every sensitivity are laid on the same answer.
        """
        sure = self._sure(message, judged)
        if sure is not None:
            return dict.fromkeys(SENSITIVITIES, sure)
        parts = [(one, self._held(one)) for one in judged if self._suspicious(one)]
        story = self._story(judged)
        findings: dict[str, _Finding | None] = {}
        for sensitivity in SENSITIVITIES:
            found = [
                self._finding(one, held, self.settings.threshold(one.part.language, sensitivity))
                for one, held in parts
            ]
            worst = max(found, key=lambda one: (one.escalated, one.hateful, one.score), default=None)
            findings[sensitivity] = worst if worst is not None and worst.hateful else story or worst
        return findings

    def _held(self, one: Judged) -> tuple[Match, ...]:
        """Return what rules find in a part."""
        return tuple(matchers(one.part.language, self._lexicons)(one.part.normal.text))

    def _suspicious(self, one: Judged) -> bool:
        """Say whether there is anything to be said of a part at any sensitivity."""
        language = one.part.language
        return one.probability >= 0.5 * self.settings.alarm(language) or one.grave >= self.settings.grave(
            language
        )

    def _story(self, judged: Sequence[Judged]) -> _Finding | None:
        """Return the finding of the likeliest narrative where it is likely enough; ``model.json`` says how likely."""
        one = max(judged, key=lambda each: each.narrative, default=None)
        if one is None or one.narrative < self._least_narrative(one.part.language):
            return None
        return _Finding(one, one.probability, False, False, NARRATIVE, self._held(one))

    def _least_narrative(self, language: str) -> float:
        least = self.settings.raw.get("narratives", {})
        return float(least.get(language, least.get("en", _LEAST_NARRATIVE)))

    def _sure(self, message: Message, judged: Sequence[Judged]) -> _Finding | None:
        """Return the finding of a rule that alone suffices, ``None`` where there is none."""
        text = message.normal.text
        if not judged or _OF_CHILDREN.search(text) is None:
            return None
        for one in judged:
            if _OF_CHILDREN.search(one.part.normal.text) is None:
                continue
            found = self._held(one)
            if any(rule.kind == "sure" for rule in found) and not frames(found):
                score = max(one.probability, _SURE)
                return _Finding(one, score, True, True, "child_abuse", found)
        return None

    def _finding(self, one: Judged, found: tuple[Match, ...], limit: float) -> _Finding:
        """Return what is to be said of a suspicious part in which rules ``found`` something, at one limit."""
        score, grave = one.probability, one.grave
        alarm = self.settings.alarm(one.part.language)
        category = self._category(one)
        pattern = next((match.label for match in found if match.kind == "grave"), None)
        aimed = bool(one.flags & (IDENTITY | SLUR | GROUP_WORD)) and bool(one.flags & (VIOLENCE | INSULT))
        floor = self.settings.grave(one.part.language)
        escalated = self._escalates(score, limit, min(alarm, limit), grave, floor, pattern is not None, aimed)
        if escalated and category not in ESCALATED:
            options = one.outputs.category[one.row]
            best = max(ESCALATED, key=lambda code: (float(options[CATEGORIES.index(code)]), code))
            category = pattern if pattern is not None and grave < 0.3 else best
        elif not escalated and category in ESCALATED:
            category = self._category(one, grave=False)
        shown = max(score, min(0.99, limit + (1 - limit) * grave * 0.5)) if escalated else score
        return _Finding(one, shown, score >= limit or escalated, escalated, category, found)

    def _verdict(self, text: str, message: Message, finding: _Finding, words: Sequence[Reason]) -> Verdict:
        story = finding.category == NARRATIVE
        category = finding.category if finding.hateful or story else "none"
        one = finding.judged
        targets = self._targets(one.outputs, one.row, finding.found)
        reasons = explain(
            self.assessor, one.part, one.outputs, one.row, finding.found, category, finding.score, words
        )
        return Verdict(
            text,
            finding.hateful,
            finding.score,
            category,
            _SEVERITY[category],
            targets,
            one.part.language,
            "escalate" if finding.escalated else "none" if category == "none" else "counter",
            reasons,
            self.version,
            subgroups=() if category == "none" else _subgroups(finding.found, targets),
        )

    def _benign(self, text: str, score: float, language: str) -> Verdict:
        return Verdict(text, False, score, "none", 0, (), language, "none", (), self.version)

    def _unread(self, text: str, language: str) -> Verdict:
        reason = Reason("language", "not_read")
        return Verdict(text, False, 0.0, "none", 0, (), language, "none", (reason,), self.version)

    def _escalates(
        self,
        score: float,
        limit: float,
        alarm: float,
        grave: float,
        floor: float,
        pattern: bool,
        aimed: bool,
    ) -> bool:
        """Grave messages go to people on weaker grounds than hate does, but never on a pattern alone."""
        if score >= limit:
            return grave >= floor or (pattern and grave >= floor * 0.4)
        if score >= alarm and grave >= max(LIKELY_GRAVE, floor):
            return True
        return (grave >= max(0.5, floor) and score >= 0.85 * alarm) or (
            pattern and aimed and grave >= max(0.25, floor)
        )

    @staticmethod
    def _category(one: Judged, *, grave: bool = True) -> str:
        options = [c for c in CATEGORIES if c not in ("none", NARRATIVE) and (grave or c not in ESCALATED)]
        return max(options, key=lambda code: float(one.outputs.category[one.row, CATEGORIES.index(code)]))

    @staticmethod
    def _targets(outputs: Outputs, row: int, found: Sequence[Match]) -> tuple[str, ...]:
        named = {match.label for match in named_targets(found)}
        likely = {group: float(outputs.targets[row, k]) for k, group in enumerate(TARGET_GROUPS)}
        # Hate about others mentions women in passing ("the women they leave behind"): their name alone is no sign there.
        top = max(likely, key=lambda group: likely[group])
        limits = dict.fromkeys(TARGET_GROUPS, _TARGET_LIMIT) | dict.fromkeys(named - {"other"}, _NAMED_LIMIT)
        if top != "women" and likely[top] >= _TARGET_LIMIT:
            limits["women"] = _BESIDE_LIMIT
        groups = [
            group for group in sorted(likely, key=lambda g: -likely[g]) if likely[group] >= limits[group]
        ]
        return tuple(groups) or tuple(group for group in TARGET_GROUPS if group in named)


def _subgroups(found: Sequence[Match], targets: Sequence[str]) -> tuple[str, ...]:
    """Return the subgroups of a verdict's targets that its text names."""
    return tuple(code for code in named_subgroups(found) if set(SUBGROUPS[code]) & set(targets))


def _version(assessor: Assessor, settings: Settings) -> str:
    limits = hashlib.blake2b(
        json.dumps(settings.raw, sort_keys=True, ensure_ascii=False).encode(), digest_size=4
    ).hexdigest()
    return f"{assessor.encoder.fingerprint}-{limits}"


def _says_something(text: str) -> bool:
    # A wall of letters is no word; nobody can be hurt by what nobody can read.
    return any(len(word) <= _LONGEST_WORD and any(map(str.isalpha, word)) for word in text.split())


def load_screener(
    model_dir: Path = DEFAULT_MODEL, encoder_cache: Path = Path("var/encoders"), *,
    backend: Backend = "auto", lexicons: Path = DEFAULT_FOLDER,
) -> Screener:  # fmt: skip
    """Load the shipped (or a newly trained) detector; the first call makes the ONNX graph in ``encoder_cache``.

    :raises CourageError: where a file is missing or does not fit.
    """
    settings = Settings.load(model_dir / "model.json")
    # Load now what the first message of each language would otherwise wait for.
    for language in LANGUAGES:
        matchers(language, lexicons)
        to_pivot("Aufwärmen réchauffer", language, lexicons)
    warm_up()
    return Screener(
        load_assessor(model_dir, encoder_cache, backend=backend, lexicons=lexicons), settings, lexicons
    )
