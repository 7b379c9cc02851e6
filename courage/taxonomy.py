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
#: What a sensitivity makes of a message that it does not pass over.
FLAGS: Final = ("hateful", "escalated", NARRATIVE)
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
#: What a response is for. Counter-narratives answer a hateful message; the others stand beside them: for the person
#: hit, for those who read along, for a talk that boils over, for a rumour, for moderators, for help from elsewhere.
RESPONSE_KINDS: Final = (
    "counter_narrative",
    "support",
    "bystander",
    "de_escalation",
    "check_before_sharing",
    "boundary",
    "refer",
)
#: The strategy of a response whose kind is no counter-narrative and whose author named none.
KIND_STRATEGIES: Final = {
    "support": "affiliation",
    "bystander": "affiliation",
    "de_escalation": "perspective",
    "check_before_sharing": "question",
    "boundary": "denouncing",
    "refer": "positive",
}
#: What must be so before a response may be offered; a person ticks it for the reply at hand.
SITUATIONS: Final = (
    "after_attack",
    "known_author",
    "repeated",
    "person_present",
    "picture_shared",
    "message_removed",
    "same_place",
    "workplace",
    "young_people",
    "grief",
)
#: Roles for which alone a response may be meant; without one it is for everybody who answers.
ROLES_ADDRESSED: Final = ("moderator",)
#: Varieties in which a response may be written; without one it is in the standard language.
DIALECTS: Final = {
    "en": (),
    "fr": ("belgian", "quebec", "swiss"),
    "de": ("austrian", "swiss"),
    "ar": ("egyptian", "gulf", "iraqi", "levantine", "maghrebi", "sudanese"),
}
#: Subgroups and the target groups that they belong to; a text may name several.
SUBGROUPS: Final[dict[str, tuple[str, ...]]] = {
    "black_women": ("women", "people_of_colour"),
    "muslim_women": ("women", "muslims"),
    "mothers": ("women",),
    "women_in_public": ("women",),
    "survivors": ("women", "other"),
    "trans": ("lgbt",),
    "nonbinary": ("lgbt",),
    "intersex": ("lgbt",),
    "gay_men": ("lgbt",),
    "lesbians": ("lgbt", "women"),
    "bisexual": ("lgbt",),
    "converts": ("muslims",),
    "shia": ("muslims",),
    "israelis": ("jews", "migrants"),
    "orthodox_jews": ("jews",),
    "refugees": ("migrants",),
    "unaccompanied_minors": ("migrants",),
    "ukrainians": ("migrants", "other"),
    "syrians": ("migrants",),
    "afghans": ("migrants",),
    "sudanese": ("migrants", "people_of_colour"),
    "haitians": ("migrants", "people_of_colour"),
    "palestinians": ("migrants", "muslims", "other"),
    "turks": ("migrants", "muslims"),
    "kurds": ("migrants", "other"),
    "yazidis": ("migrants", "other"),
    "eastern_europeans": ("migrants",),
    "black_people": ("people_of_colour",),
    "indigenous": ("people_of_colour",),
    "amazigh": ("people_of_colour", "other"),
    "asian_people": ("people_of_colour", "migrants"),
    "indians": ("people_of_colour", "migrants"),
    "arabs": ("people_of_colour", "migrants", "muslims"),
    "sinti": ("roma",),
    "travellers": ("roma",),
    "jenische": ("roma",),
    "autistic": ("disabled",),
    "blind": ("disabled",),
    "deaf": ("disabled",),
    "wheelchair_users": ("disabled",),
    "learning_disabled": ("disabled",),
    "mental_illness": ("disabled",),
    "chronically_ill": ("disabled",),
    "older_people": ("other",),
    "young_people": ("other",),
    "poor_people": ("other",),
    "homeless": ("other",),
    "fat_people": ("other",),
    "christians": ("other",),
    "hindus": ("other",),
    "sikhs": ("other",),
    "druze": ("other", "muslims"),
    "alawites": ("other", "muslims"),
    "believers": ("other",),
    "journalists": ("other",),
    "ngo_staff": ("other",),
    "conscientious_objectors": ("other",),
    "russians": ("other", "migrants"),
    "east_germans": ("other",),
    "upper_egyptians": ("other",),
    "bidoon": ("other",),
}
#: Subgroups of subgroups: whoever speaks of the first speaks of the others too, and not the other way round.
WIDER_SUBGROUPS: Final[dict[str, tuple[str, ...]]] = {
    "black_women": ("black_people",),
    "unaccompanied_minors": ("refugees",),
    "christians": ("believers",),
    "hindus": ("believers",),
    "sikhs": ("believers",),
    "yazidis": ("believers",),
}
STATES: Final = ("draft", "in_review", "approved", "retired")
SCOPES: Final = ("organisation", "shared")

# People
ROLES: Final = ("moderator", "volunteer", "trainer", "admin")

#: Where a workshop stands: people gather, write, vote, talk about it; a scenario is over; all is over.
WORKSHOP_PHASES: Final = ("lobby", "answer", "vote", "talk", "outcome", "ended")

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

# The academy

#: Who somebody in a training conversation is.
PARTS_PLAYED: Final = ("attacker", "bystander", "person_hit", "moderator")
#: What a reply does, as training reads it. ``silence`` and ``report`` are also what people say by a button.
REPLY_KINDS: Final = (
    "counter",
    "support",
    "bystander",
    "boundary",
    "ask",
    "check",
    "de_escalate",
    "refer",
    "report",
    "silence",
    "other",
)
#: Tones of a reply that somebody wrote in training: those of the library, and the one that it refuses.
REPLY_TONES: Final = (*TONES, "harsh")
#: What training finds in a reply besides, each true or false.
REPLY_MARKS: Final = (
    "insults",
    "exposes",
    "repeats",
    "preaches",
    "off_topic",
    "threatens",
    "names_person_hit",
)
#: What training measures in a reply, and how well it does.
MEASURES: Final = ("safe", "kind", "to_the_point", "true")
GRADES: Final = ("good", "could_be_better", "not_good")
OUTCOMES: Final = ("good", "mixed", "hard")
#: How good one of several answers is.
ANSWER_VERDICTS: Final = ("best", "possible", "poor")
LEVELS: Final = (1, 2, 3)
#: Kinds of exercises: the folders of ``seeds/`` that hold them.
EXERCISES: Final = ("scenarios", "cards", "spot_the_hate", "sources", "limits")
SPOT_HATEFUL: Final = (
    "derogation",
    "dehumanisation",
    "threat",
    "incitement",
    "slur",
    "animosity",
    "support_hate",
    "implicit",
    "narrative",
)
SPOT_BENIGN: Final = (
    "quoted_opposed",
    "reported",
    "negated",
    "counter_speech",
    "neutral_mention",
    "positive_mention",
    "reclaimed",
    "homonym",
    "profanity",
    "abuse_person",
    "abuse_object",
    "news_history",
    "joke",
    "chat",
    "criticism",
)
