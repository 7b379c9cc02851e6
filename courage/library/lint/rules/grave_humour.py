"""Editorial rule 6: no humour on sexual violence, death, atrocity, dehumanisation or what bodies are like."""

from __future__ import annotations

from collections.abc import Iterator

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule
from courage.library.themes import grave_theme


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Find the first grave theme in a light text or in the narratives that it answers."""
    if draft.strategy != "humor" and draft.tone != "light":
        return
    for words in (draft.text, draft.longer, *draft.narratives):
        theme = grave_theme(words, draft.language)
        if theme is not None:
            name, told = theme
            said = f"is light where the matter is {name} ({told!r}); answer that narrative in earnest"
            yield Issue("warning", "grave_humour", said)
            return


RULE = Rule(("grave_humour",), check, editorial=6)
