"""Which of the library's narratives a message repeats: the nearest one, or none where nothing is near enough."""

from __future__ import annotations

from typing import Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.db.models.library import Narrative, Response
from courage.db.scope import scope_to_every
from courage.detection.text.sentences import sentences
from courage.library.search.index import LibraryIndex
from courage.library.suggest.nearness import Nearness

#: Likeness below which none is named, however far everyday talk is from the library. Of held-out narratives in
#: four languages those from here on were mostly named rightly, and below it mostly wrongly, which is worse than not at all.
LEAST: Final = 0.44
#: By how much one in the message's own language may be less alike than the nearest of all.
OWN_LANGUAGE: Final = 0.04
#: How many responses are looked at, and how many sentences of a message, the longest, beside all of it.
REACH: Final = 10
MOST_SENTENCES: Final = 8


class RepeatedNarratives:
    """Finds the narrative that a message repeats, among those that an organisation's responses answer. Thread-safe.

    Narratives are compared by the vectors that the index has of them; what index and message are encoded with is the
    index's affair.
    """

    def __init__(self, sessions: sessionmaker[Session], index: LibraryIndex, nearness: Nearness) -> None:
        self._sessions = sessions
        self._index = index
        self._nearness = nearness

    def find(self, text: str, language: str, organisation_id: int) -> str | None:
        """Return the narrative in the library's words, ``None`` where none is near enough.

        One in the message's language goes before one in another that is as near.
        """
        self._index.refresh()
        vectors = self._index.vectors.queries([text, *_longest(text)], language)
        hits = {hit.number for v in vectors for hit in self._index.search(v, organisation_id, REACH)}
        known = self._narratives(hits)
        if not known:
            return None
        theirs = np.stack([vector for _, _, vector in known])
        alike = self._nearness.likeness((vectors @ theirs.T).max(axis=0))
        own = np.array([code == language for _, code, _ in known])
        floor = max(LEAST, self._nearness.everyday(organisation_id))
        if float(alike.max()) < floor:
            return None
        best = int(np.argmax(alike + OWN_LANGUAGE * own))
        # A lead for the language must not bring one up that is not near enough by itself.
        best = best if alike[best] >= floor else int(np.argmax(alike))
        return known[best][0]

    def _narratives(self, numbers: set[int]) -> list[tuple[str, str, np.ndarray]]:
        """Return narrative, language and vector of all narratives of these responses that the index holds."""
        with self._sessions() as session:
            scope_to_every(session, "the index has searched only what the organisation may be offered")
            rows = session.execute(
                select(Narrative.response_number, Narrative.text, Response.language)
                .join(Response, Response.number == Narrative.response_number)
                .where(Response.number.in_(numbers), Response.state == "approved")
                .order_by(Narrative.response_number, Narrative.position)
            ).all()
        told: dict[int, list[tuple[str, str]]] = {}
        for number, narrative, language in rows:
            told.setdefault(number, []).append((narrative, language))
        wanted = [(number, len(narratives)) for number, narratives in told.items()]
        found = []
        for (number, _), vectors in zip(wanted, self._index.vectors_for(wanted), strict=True):
            if vectors is None:  # just being replaced
                continue
            # The response's own text comes first.
            found += [(*one, vector) for one, vector in zip(told[number], vectors[1:], strict=True)]
        return found


def _longest(text: str) -> list[str]:
    """Return the sentences of a message that stand beside others, the longest of them."""
    spans = sentences(text)
    if len(spans) < 2:
        return []
    return [text[start:end] for start, end in sorted(spans, key=lambda s: s[0] - s[1])[:MOST_SENTENCES]]
