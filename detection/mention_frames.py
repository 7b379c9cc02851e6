# ruff: noqa: E501
"""Frames in which groups are simply mentioned, so that naming one says nothing by itself; ``{g}`` is a group in the plural."""

from __future__ import annotations

from typing import Final

MENTIONS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "en": {
        "neutral_mention": (
            "There are {g} in my class.", "Two {g} moved in downstairs.", "We talked with some {g} after the match.", "{g} have a stall at the market on Saturdays.",
            "My brother works with {g}.", "The meeting for {g} starts at seven.", "A book about {g} lies in the library.", "I sat beside two {g} on the bus.",
            "The law also concerns {g}.", "How do {g} see this?", "The choir has {g} of all ages.", "We were five, three of us {g}.", "The course is open to {g} and everybody else.",
            "a friend of mine lives with {g}", "they asked {g} in the street what they think of the new tram", "I am making a film with {g} about cooking",
        ),
        "positive_mention": (
            "Thanks to the {g} who helped us move!", "Dinner with {g} was lovely.", "The {g} in our team saved the day.", "Happy holidays to all {g} here!", "I learned a lot from {g}.", "Good to see {g} on the stage at last.",
        ),
        "chat": (
            "no {g} no party :)", "are {g} coming tonight too?", "{g} against everybody else, kick-off at four", "who brings the {g} their tickets?", "the {g} have won again, congrats", "kitchen night with {g} 🔪🥕 see you there",
        ),
    },
    "de": {
        "neutral_mention": (
            "In meiner Klasse gibt es {g}.", "Unter uns sind zwei {g} eingezogen.", "Nach dem Spiel haben wir mit {g} geredet.", "{g} haben samstags einen Stand auf dem Markt.",
            "Mein Bruder arbeitet mit {g} zusammen.", "Das Treffen für {g} beginnt um sieben.", "In der Bücherei liegt ein Buch über {g}.", "Im Bus saß ich neben zwei {g}.", "Das Gesetz betrifft auch {g}.",
            "Wie sehen {g} das eigentlich?", "Bei uns im Chor singen {g} mit.", "Wir waren zu fünft, drei davon {g}.", "Der Kurs ist offen für {g} und alle anderen.", "Auch {g} sind bei uns Mitglied.", "in der ausstellung geht es um {g}",
            "{g} und ihre Kinder treffen sich im Park.", "Es gibt in der Stadt viele {g}.", "Unser Nachbarverein hat auch {g} dabei.",
        ),
        "positive_mention": (
            "Danke an die {g}, die beim Umzug geholfen haben!", "Das Essen mit {g} war wunderschön.", "Die {g} in unserem Team haben den Tag gerettet.", "Von {g} habe ich viel gelernt.", "Schön, dass auch {g} dabei sind.", "Wir freuen uns auf {g} in der Gruppe.",
        ),
        "chat": (
            "kommen heute abend auch {g}?", "{g} gegen den Rest, Anpfiff um vier", "wer bringt den {g} die Karten?", "die {g} haben schon wieder gewonnen, Glückwunsch", "Kochabend mit {g} 🔪🥕 bis später", "ohne {g} keine Feier :)",
        ),
    },
    "fr": {
        "neutral_mention": (
            "Dans ma classe il y a des {g}.", "Deux {g} ont emménagé en dessous.", "Après le match on a parlé avec des {g}.", "Le samedi, des {g} tiennent un stand au marché.", "Mon frère travaille avec des {g}.", "La réunion pour les {g} commence à sept heures.",
            "Il y a un livre sur les {g} à la bibliothèque.", "Dans le bus j'étais assis à côté de deux {g}.", "La loi concerne aussi les {g}.", "Qu'en pensent les {g} ?", "Dans la chorale chantent aussi des {g}.", "On était cinq, dont trois {g}.",
            "Le cours est ouvert aux {g} et à tous les autres.", "Des {g} sont aussi membres de l'association.", "l'expo parle des {g}", "Les {g} et leurs enfants se retrouvent au parc.", "On a déjeuné avec des {g} du quartier.", "Beaucoup de {g} vivent ici.",
        ),
        "positive_mention": (
            "Merci aux {g} qui nous ont aidés à déménager !", "Le repas avec les {g} était super.", "Les {g} de l'équipe nous ont sauvés.", "J'ai beaucoup appris des {g}.", "Content que des {g} soient là aussi.", "On a hâte d'accueillir des {g} dans le groupe.",
        ),
        "chat": (
            "les {g} viennent ce soir aussi ?", "les {g} contre les autres, coup d'envoi à quatre heures", "qui apporte leurs billets aux {g} ?", "les {g} ont encore gagné, bravo", "soirée cuisine avec des {g} 🔪🥕 à tout", "je vais toutes vous battre au scrabble les {g}",
        ),
    },
    "ar": {
        "neutral_mention": (
            "في صفي {g}", "هناك {g} في الحي", "سكن {g} في الطابق السفلي", "تكلمنا مع {g} بعد المباراة", "اخي يعمل مع {g}", "اجتماع {g} يبدأ في السابعة", "في المكتبة كتاب عن {g}", "جلست في الباص جنب {g}", "القانون يخص {g} ايضا", "ما رأي {g} في هذا؟",
            "يغني معنا {g} في الجوقة", "الدورة مفتوحة امام {g} والجميع", "عدد من {g} اعضاء في الجمعية", "{g} واولادهم في الحديقة", "في بلدنا كثير من {g}", "اكلنا مبارح مع {g}", "شفت فيلم عن {g}", "فيه {g} معنا في الفريق", "تغدينا اليوم مع {g} في البيت", "كاين {g} ف الحومة ديالنا",
        ),
        "positive_mention": (
            "شكرا لكل {g} على المساعدة", "العشاء مع {g} كان جميلا", "تعلمت كثيرا من {g}", "اهلا وسهلا ب {g} في المجموعة", "كل عام و {g} بخير", "{g} في فريقنا رائعون",
        ),
        "chat": (
            "هل سيأتي {g} الليلة؟", "{g} ضد الباقي والمباراة الساعة اربعة", "مين يجيب التذاكر ل {g}؟", "فاز {g} مرة ثانية مبروك", "بدون {g} ما في حفلة", "سهرة طبخ مع {g} 🔪🥕",
        ),
    },
}  # fmt: skip
