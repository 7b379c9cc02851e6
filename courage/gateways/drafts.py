"""The draft that an answer of the assistant shows, for forms in which it can be edited."""

from __future__ import annotations

from courage.i18n.catalogue import Voice


def draft_in(shown: str, version: str, voice: Voice) -> str:
    """Return the draft that an answer of the assistant shows, by the words around it; empty where it is not whole.

    :param version: case and number of the draft, as the command that posts it has them: ``17 v2``.
    """
    case, _, number = version.partition(" v")
    command = f"post {version}"
    for key in ("draft", "draft_changed"):
        words = voice.say(key, case=case, version=number, text="\0", command=command)
        before, _, after = words.partition("\0")
        if shown.startswith(before) and shown.rstrip().endswith(after.rstrip()):
            return shown[len(before) : len(shown.rstrip()) - len(after.rstrip())].strip()
    return ""
