"""The closed lists that the whole program shares: languages, groups, categories, strategies, roles."""

from __future__ import annotations

from typing import Final

#: Languages that Courage speaks and its detector was tuned in.
LANGUAGES: Final = ("en", "fr", "de", "ar")
#: Languages that a detector may read without own training; which of them it does, its settings say (``reads``).
READ_LANGUAGES: Final = ("es", "it", "pt", "nl", "pl")
TARGET_GROUPS: Final = (
    "women",
    "lgbt",
    "muslims",
    "jews",
    "migrants",
    "people_of_colour",
    "roma",
    "disabled",
    "other",
)
CATEGORIES: Final = (
    "none",
    "derogation",
    "dehumanisation",
    "threat",
    "incitement",
    "slur",
    "animosity",
    "support_hate",
    "terrorism",
    "child_abuse",
    "narrative",
)
#: What circulates as a hateful story without an insult: worth an answer, nothing to remove. Its verdicts are not hateful.
NARRATIVE: Final = "narrative"
ESCALATED: Final = frozenset({"threat", "incitement", "terrorism", "child_abuse"})
ROUTES: Final = ("none", "counter", "escalate")
SENSITIVITIES: Final = ("quiet", "balanced", "watchful")
#: Sensitivities at which a narrative opens a case, where a room's own choice says nothing else.
NARRATIVES_OPEN: Final = frozenset({"balanced", "watchful"})

# Responses

#: How a response answers. The first eight are CONAN's (after Benesch et al. 2016); perspective (perspective-taking,
#: empathy) and opinion (a plain opinion without insult) are what research on effects favours. A strategy is added by
#: an entry here, its name in the catalogues, and, where volunteers shall be able to ask for it, words in ``bot/words.py``.
STRATEGIES: Final = (
    "facts",
    "hypocrisy",
    "consequences",
    "affiliation",
    "denouncing",
    "humor",
    "positive",
    "question",
    "perspective",
    "opinion",
)
TONES: Final = ("calm", "warm", "firm", "light")
VOICES: Final = ("member", "ally", "moderator")
LENGTHS: Final = ("short", "long")
STATES: Final = ("draft", "in_review", "approved", "retired")
SCOPES: Final = ("organisation", "shared")

# People
ROLES: Final = ("moderator", "volunteer", "trainer", "admin")

# Kinds of training examples; the hateful ones come first, in the order of the detector's outputs
HATEFUL_KINDS = (
    "derogation", "dehumanisation", "threat", "incitement", "slur", "animosity", "support_hate", "implicit",
    "hate_question", "hate_opinion", "negated_praise", "profane_hate", "hate_spelling", "emoji_hate", "pronoun_hate",
    "terrorism", "child_abuse",
)  # fmt: skip
BENIGN_KINDS = (
    "quoted_opposed", "reported", "negated", "counter_speech", "neutral_mention", "positive_mention", "reclaimed",
    "homonym", "profanity", "abuse_person", "abuse_object", "abuse_nongroup", "news_history", "joke", "chat",
    "criticism",
)  # fmt: skip
KINDS = HATEFUL_KINDS + BENIGN_KINDS
