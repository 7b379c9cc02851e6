"""What a card says in words, without its harmful text: the same lines in every chat system."""

from __future__ import annotations

from courage.cases.ports import Card
from courage.cases.wording import reasons_line, targets_line
from courage.i18n.catalogue import Voice


def _status(card: Card, voice: Voice) -> str:
    status = voice.named("card_status", card.status)
    if card.holder is None:
        return status
    if card.status == "claimed":
        return voice.say("card_on_it", holder=card.holder)
    return voice.say("card_by", status=status, holder=card.holder)


def card_lines(card: Card, voice: Voice) -> list[str]:
    """Return the lines of a card, the head first; none of them quotes the message."""
    reasons = reasons_line(card.reasons, voice)
    if card.lane == "summary":
        return [voice.say("card_summary", room=card.room_name, reasons=reasons)]
    category = voice.named("category", card.category)
    facts = [
        voice.named("severity", str(max(0, min(card.severity, 3)))),
        voice.say("card_sure", percent=round(card.score * 100)),
        voice.named("language", card.language),
    ]
    if card.targets:
        facts.insert(1, voice.say("card_against", targets=targets_line(card.targets, voice)))
    if card.repeats > 1:
        facts.append(voice.say("case.repeats", count=card.repeats))
    lines = [
        voice.say("card_head", case=card.case_id, room=card.room_name, category=category),
        " · ".join(facts),
        voice.say("card_why", reasons=reasons),
        voice.say("card_now", status=_status(card, voice)),
    ]
    return [*lines, voice.say("card_failed", reason=card.note)] if card.note else lines


def gone_line(card: Card, voice: Voice) -> str:
    """Return the short line that stands where a card with its text was taken away."""
    status = voice.named("card_status", card.status)
    return voice.say("card_gone", case=card.case_id, room=card.room_name, status=status)
