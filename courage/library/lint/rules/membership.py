"""Editorial rule 3: nobody speaks as one of a group to which they may not belong, unless the voice says ``member``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.patterns import compiled, found
from courage.library.lint.rule import Context, Issue, Rule

MEMBERS: Final = compiled(
    en=r"\b(?:as an?|I am|I'm|speaking as an?) (?:an? )?(?:\w+ )?(?:muslim|jew|jewish|christian|hindu|sikh|migrant|immigrant|"
    r"refugee|foreigner|black|brown|asian|african|arab|woman|girl|mother|mum|gay|lesbian|bisexual|trans|queer|roma|romani|"
    r"traveller|sinti|disabled|deaf|blind|autistic|wheelchair user|ukrainian|syrian|palestinian|israeli|turkish|turk|"
    r"kurdish|kurd|pensioner|homeless)\b"
    r"|\b(?:we|us) (?:muslims|jews|christians|hindus|sikhs|migrants|immigrants|refugees|foreigners|women|girls|mothers|gays|"
    r"lesbians|roma|travellers|sinti|disabled|deaf|ukrainians|syrians|palestinians|israelis|turks|kurds|pensioners)\b"
    r"|\b(?:people|those) like (?:me|us)\b|\bmy (?:faith|religion|people|community|headscarf|hijab|disability|skin|"
    r"wheelchair|synagogue|mosque|guide dog)\b|\bour (?:faith|religion|mosque|synagogue|prophet)\b",
    fr=r"\b(?:en tant que|je suis) (?:une? )?(?:\w+ )?(?:musulmane?|juif|juive|chrétien(?:ne)?|migrante?|immigrée?|réfugiée?|"
    r"étranger|étrangère|noire?|arabe|asiatique|femme|mère|gay|homo|lesbienne|bi|trans|rom|manouche|gitane?|handicapée?|"
    r"sourde?|aveugle|malentendante?|autiste|ukrainien(?:ne)?|syrien(?:ne)?|palestinien(?:ne)?|israélien(?:ne)?|retraitée?)\b"
    r"|\bnous,? (?:les )?(?:musulman\w*|juifs|juives|chrétiens|femmes|noire?s|roms|gitans|migrants|réfugiés|handicapés|sourds|"
    r"trans|homos|retraités)\b|\bles gens comme (?:moi|nous)\b|\b(?:ma|notre) (?:foi|religion|communauté|peau|mosquée|"
    r"synagogue)\b|\bmon (?:voile|foulard|handicap|fauteuil)\b",
    de=r"\b(?:als|ich bin|bin ich) (?:eine? |\w+ )?(?:Muslim(?:in)?|Jude|Jüdin|jüdisch|Christ(?:in)?|Migrant(?:in)?|Geflüchteter?|"
    r"Ausländer(?:in)?|Schwarzer?|Frau|Mutter|schwul|lesbisch|bisexuell|trans|queer|Rom|Romni|Sinto|Sintiza|behindert|gehörlos|"
    r"blind|schwerhörig|autistisch|Ukrainer(?:in)?|Syrer(?:in)?|Palästinenser(?:in)?|Israeli|Rentner(?:in)?)\b"
    r"|\bwir (?:Muslim\w*|Juden|Jüdinnen|Christ\w*|Frauen|Schwarzen|Roma|Sinti|Migrant\w*|Geflüchteten|Behinderten|Queeren|"
    r"Gehörlosen|Rentner\w*)\b|\bLeute wie (?:ich|uns|wir)\b|\b(?:mein|unser)(?:e|en|em)? (?:Glaube|Glauben|Religion|Kopftuch|"
    r"Behinderung|Hautfarbe|Rollstuhl|Moschee|Synagoge)\b",
    ar=r"\b(?:أنا|بصفتي|كوني|بوصفي) (?:مسلم|مسلمة|يهودي|يهودية|مسيحي|مسيحية|لاجئ|لاجئة|مهاجر|مهاجرة|أسود|سوداء|امرأة|كردي|كردية|"
    r"فلسطيني|فلسطينية|سوري|سورية|سوداني|سودانية|أصم|كفيف|من ذوي)\b"
    r"|\bنحن (?:المسلمين|المسلمون|المسيحيين|المسيحيون|اليهود|النساء|السود|اللاجئين|اللاجئون|المهاجرين|المهاجرون|الأكراد|"
    r"الفلسطينيين|الفلسطينيون)\b|\b(?:و|ف|ب|ل)?(?:ديننا|ديني|نبينا|حجابي|مسجدنا|كنيستنا|شريعتنا)\b",
)
SPEAKERS: Final = compiled(
    en=r"\b(?:I|I'm|I've|I'd|I'll|me|my|mine|we|we're|we've|us|our|ours)\b",
    fr=r"\b(?:je|moi|mon|ma|mes|nous|notre|nos|on)\b|\b[jm]'",
    de=r"\b(?:ich|mich|mir|mein\w*|wir|uns|unser\w*)\b",
    ar=r"\b(?:أنا|نحن|إحنا|احنا|نحنا|أ\w{3,}|ن\w{3,}|\w+نا|\w+ي)\b",
)


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Find words that only one of the group could say, and the voice ``member`` where nobody speaks of themselves."""
    words = f"{draft.text} {draft.longer}"
    if draft.voice != "member":
        told = found(MEMBERS, draft.language, words)
        if told is not None:
            said = f"speaks as one of a group ({told!r}); reword it, or say 'voice: member'"
            yield Issue("warning", "speaks_as_member", said)
    elif found(SPEAKERS, draft.language, words) is None:
        said = "the voice is member, but the text says nothing that anybody could not say; use 'voice: ally'"
        yield Issue("warning", "member_for_nothing", said)


RULE = Rule(("speaks_as_member", "member_for_nothing"), check, editorial=3)
