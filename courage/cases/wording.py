"""What is said of cases wherever it is shown: reasons, groups attacked, titles of buttons, and why one gets none yet."""

from __future__ import annotations

from collections.abc import Sequence

from courage.cases.errors import Enough, NotReady
from courage.cases.ports import Button
from courage.cases.reasons import CaseReason, in_words, names_in_words
from courage.i18n.catalogue import Voice
from courage.people.readiness import Lack


def reasons_line(reasons: Sequence[CaseReason], voice: Voice) -> str:
    """Return why there is a case, in one line."""
    return in_words(reasons, lambda code, **values: voice.say(f"why.{code}", **values), voice.named)


def targets_line(targets: Sequence[str], voice: Voice) -> str:
    """Return the names of target groups, one after the other."""
    return names_in_words("target", targets, lambda code, **v: voice.say(f"why.{code}", **v), voice.named)


def title(button: Button, voice: Voice) -> str:
    """Return what stands on a button: its own title, or that of its key."""
    return voice.named("button", button.key) if button.key else button.title


def lack_line(lack: Lack, voice: Voice) -> str:
    """Return how much of something is practised: ``scenarios of level 1: 0 of 2``."""
    name = voice.named("exercise", lack.kind)
    if lack.level is not None:
        name = voice.say("lack.level", name=name, level=lack.level)
    return voice.say("lack.line", name=name, have=lack.have, need=lack.need)


def enough_line(error: Enough, voice: Voice) -> str:
    """Return that it is enough for now, and that what was begun can be finished or handed back."""
    return voice.say("enough.break") if error.why == "break" else voice.say("enough.cap", count=error.cap)


def not_ready_line(error: NotReady, voice: Voice) -> str:
    """Return why somebody gets no live cases yet, and what they have still to practise."""
    if not error.lacks:
        return voice.say("not_ready.decide")
    return voice.say("not_ready.practise", lacks="; ".join(lack_line(lack, voice) for lack in error.lacks))
