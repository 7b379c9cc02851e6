"""Editorial rule 4: no event, place, past or removal is presumed, unless ``needs`` says that it has to be so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.patterns import Patterns, compiled, found
from courage.library.lint.rule import Context, Issue, Rule

#: What is presumed, the situations of which one makes it true, and how it shows.
PRESUMED: Final[tuple[tuple[str, tuple[str, ...], Patterns], ...]] = (
    (
        "an event",
        ("after_attack", "grief"),
        compiled(
            en=r"\b(?:today|tonight|last night|yesterday|this (?:week|morning|evening|weekend)|a (?:week|day|night) like this|"
            r"after (?:the|this|an?) (?:attack|shooting|bombing|stabbing|murder)|after what happened|the attack(?:er)?s?|"
            r"the shooter|in the news)\b",
            fr=r"\b(?:ce soir|hier|cette semaine|ce matin|cette nuit|après (?:cet|ces) |après (?:l'attentat|l'attaque|ce qui "
            r"s'est passé|ce qui vient)|l'attentat|l'assaillant|un jour comme)\b",
            de=r"\b(?:heute (?:Abend|Nacht|früh|Morgen)|gestern|diese Woche|an so einem Tag|an einem Tag wie|nach (?:dem|diesem) "
            r"(?:Anschlag|Angriff|Attentat|Mord)|nach dem, was passiert|der Anschlag|der Attentäter|der Täter von)\b",
            ar=r"\b(?:الليلة|البارحة|أمس|امبارح|هذا الأسبوع|بعد (?:الهجوم|الاعتداء|التفجير|ما حدث|ما جرى)|في يوم كهذا|منفّ?ذ الهجوم)\b",
        ),
    ),
    (
        "a shared past",
        ("known_author", "repeated"),
        compiled(
            en=r"\byou(?:'ve| have) (?:told|said|often|always|already|been here)\b|\blast time\b|\bas (?:you|we) (?:always|said|"
            r"agreed)\b|\bremember when\b|\bwe(?:'ve| have) (?:known|talked|been (?:over|through))\b|\byou of all people\b|"
            r"\b(?:that's|it's) not like you\b|\byou usually\b|\byet again\b|\bhow many times\b|\bthe third time\b",
            fr=r"\b(?:tu|vous) (?:nous )?(?:as|avez|avais|aviez) (?:déjà|souvent|toujours)\b|\bla dernière fois\b|"
            r"\bne (?:te|vous) ressemble pas\b|\bon se connaît\b|\bencore une fois\b|\bcomme (?:tu|vous) \w+ toujours\b",
            de=r"\b(?:du hast|ihr habt) (?:uns |mir )?(?:schon|oft|immer)\b|\b(?:beim )?letzte[ns] Mal\b|\bsieht dir nicht "
            r"ähnlich\b|\bausgerechnet du\b|\bwir kennen uns\b|\bschon wieder\b|\bwie oft (?:noch|denn)\b",
            ar=r"\b(?:المرة الماضية|المرة السابقة|كما (?:قلت|اتفقنا)|أنت بالذات|نعرفك|عهدناك|مرة أخرى|كم مرة)\b",
        ),
    ),
    (
        "a place or a group that is shared",
        ("same_place", "workplace", "young_people"),
        compiled(
            en=r"\b(?:our|your) (?:town|village|city|street|neighbourhood|school|estate|block|club|team|office|company|"
            r"workplace|parish|class)\b|\btool[- ]swap\b|\b(?:in|at|round) (?:our|this) (?:town|village|street|neighbourhood|"
            r"school|office|company)\b",
            fr=r"\b(?:notre|votre) (?:ville|village|rue|quartier|école|lycée|immeuble|club|équipe|entreprise|bureau|classe|"
            r"paroisse)\b",
            de=r"\b(?:unser|euer|eur)(?:e|em|er|en)? (?:Stadt|Dorf|Straße|Viertel|Schule|Verein|Team|Firma|Büro|Klasse|"
            r"Gemeinde|Ort|Betrieb)\b",
            ar=r"\b(?:و|ف|ب|ل|في )?(?:مدينتنا|قريتنا|حيّنا|حينا|حارتنا|شارعنا|مدرستنا|جامعتنا|شركتنا|فريقنا|نادينا|صفنا)\b",
        ),
    ),
    (
        "a removal",
        ("message_removed",),
        compiled(
            en=r"\b(?:I|we)(?:'ve| have)? (?:just )?(?:deleted|removed|hidden|taken (?:it|that|this) down)\b|"
            r"\b(?:has|have) been (?:removed|deleted|hidden)\b|^removed\b",
            fr=r"\b(?:j'ai|nous avons|on a) (?:supprimé|retiré|effacé|masqué)\b|\ba été (?:supprimée?|retirée?|effacée?)\b",
            de=r"\b(?:ich habe|wir haben|habe ich|haben wir)\b[^.!?]{0,40}\b(?:gelöscht|entfernt|ausgeblendet)\b|"
            r"\bwurde (?:gelöscht|entfernt)\b",
            ar=r"\b(?:حذفت|حذفتُ|حذفنا|أزلنا|أزلت|تم حذف|تمّ حذف|حُذفت|حُذف)\b",
        ),
    ),
    (
        "a picture or a link",
        ("picture_shared",),
        compiled(
            en=r"\b(?:that|this|the|your) (?:photo|picture|pic|video|clip|meme|link|screenshot)\b",
            fr=r"\b(?:cette|la|ta|votre) (?:photo|image|vidéo|capture)\b|\b(?:ce|le|ton|votre) (?:lien|mème)\b",
            de=r"\b(?:das|dieses|dein) (?:Foto|Bild|Video|Meme)\b|\b(?:der|dieser|dein|den|diesen) (?:Link|Screenshot|Clip)\b",
            ar=r"\b(?:هذه الصورة|هذا الفيديو|هذا المقطع|هذا الرابط|تلك الصورة)\b",
        ),
    ),
)


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Find each thing presumed for which no situation is named."""
    for what, situations, patterns in PRESUMED:
        if set(situations) & set(draft.needs) or (
            situations == ("message_removed",) and draft.for_role == "moderator"
        ):
            continue
        told = found(patterns, draft.language, f"{draft.text} {draft.longer}")
        if told is not None:
            said = f"presumes {what} ({told!r}); reword it, or say 'needs: [{' or '.join(situations)}]'"
            yield Issue("warning", "presumes", said)


RULE = Rule(("presumes",), check, editorial=4)
