# ruff: noqa: E501, SIM905
"""Sentences put together from frames, for what the written examples are too few to teach: grave wording and its twins.

Each frame has a hateful and, where one exists, a benign form that shares most of its words. ``{g}`` stands for a
group in the plural, ``{p}`` for a place, ``{v}`` for a violent verb.
"""

from __future__ import annotations

import random

from detection.examples import Example
from detection.lexicons import Lexicon
from detection.mention_frames import MENTIONS

_PLACES = {
    "muslims": "mosque", "jews": "synagogue", "migrants": "refugee shelter", "lgbt": "gay bar", "roma": "Roma camp",
    "women": "women's shelter", "people_of_colour": "African church", "disabled": "care home", "other": "community centre",
}  # fmt: skip
_VERBS = "kill shoot hang burn stab beat lynch gas drown execute slaughter butcher strangle run_over blow_up cut_down finish_off smash wipe_out".split()
_FRAMES: dict[str, tuple[str, ...]] = {
    "threat": (
        "I'm going to {v} every one of you {g}.", "Next time I meet {g} I bring my knife.", "You {g} won't live to see the summer, I promise.",
        "I know which {p} you {g} go to. Sleep badly.", "We are coming for {g}, house by house.", "I swear I'll {v} the next of those {g} who talks to me",
        "If {g} move in here they leave in a coffin.", "one more word from you {g} and I {v} you", "{g} in our street? We'll see how long they can still walk.",
        "My brother and I are waiting outside the {p} tonight with bats.", "Tell {g} to say goodbye to their children.", "I have enough bullets for all {g} here",
        "keep talking, {g}. I have your address and petrol.", "Soon you {g} will bleed for this.", "i will personally {v} any {g} i find near my school",
        "We will make you {g} beg before we {v} you.", "Tomorrow the {p} burns. You have been warned, {g}.", "The next of you {g} gets a bullet, not an answer.",
        "Better hide, {g}, we know where your kids play.", "There will be blood if {g} show up on Saturday", "I'd love to {v} some {g} and nobody will stop me.",
        "Watch your back when you leave the {p}.", "Don't be surprised if {g} end up in the river.", "You think the police will protect you {g}? Count your days.",
    ),
    "incitement": (
        "Somebody should finally {v} all {g}.", "Let's {v} {g} before there are more of them!", "Why is nobody burning down that {p}?", "{g} should be rounded up and shot.",
        "Grab a bat, friends, {g} are at the {p} tonight.", "It's time to {v} {g}, all of them.", "Every decent man should {v} one of those {g}.", "{g} deserve to be hanged from the lampposts.",
        "Who is in? We set fire to the {p} on Friday.", "Brothers, do your duty and {v} {g} wherever you find them.", "{g} only understand violence, so give it to them.",
        "The only answer to {g} is a rope.", "Put all {g} against the wall.", "Open the camps again for {g}.", "If you see {g} on the street, hit first.",
        "We must cleanse this town of {g}, by force if need be.", "{g} need to be exterminated like vermin", "please someone throw a grenade into the {p}",
        "Don't talk to {g}, {v} them.", "Good people, arm yourselves and chase {g} out tonight.", "Spit on {g}, kick them, make their lives hell.", "Would anyone mind if we just {v} {g}? No? Then go.",
        "gas {g}", "death to {g}, start with the {p}", "Sterilise {g}, all of them, now.", "{g} belong in the ovens", "Teach {g} a lesson they won't survive.",
    ),
    "support_hate": (
        "The man who attacked the {p} did us all a favour.", "Finally somebody has the guts to hit back at {g}. Respect.", "Say what you want, they were right about {g} back then.",
        "I applaud everyone who makes life hard for {g}.", "Heroes, those who chased {g} out of town.", "He shouldn't be in prison for beating {g}, he deserves a medal.",
        "Proud of the lads who smashed the windows of the {p}.", "We need a leader again who deals with {g} the old way.", "Whoever hates {g} is my friend.", "I stand with those who want no {g} among us.",
        "Too bad they did not finish the job with {g}.", "What happened to {g} in the past was only fair.",
    ),
    "animosity": (
        "Why do {g} always get everything for free while we pay?", "{g} have no sense of humour, same as ever.", "Typical {g}, late and loud.", "I'd never rent my flat to {g}.",
        "I don't want my daughter to bring home one of those {g}.", "{g} again, great, there goes the neighbourhood.", "Every time {g} come to a party it's over for me.", "We never needed {g} here and we don't now.",
        "{g} should be grateful that we let them in at all.", "Not another film with {g} in it, spare us.", "I change seats when {g} sit down next to me.", "Keep {g} out of our club.", "{g} are taking over every channel, I'm so tired of them.",
    ),
    "implicit": (
        "Since {g} moved in we lock everything twice.", "Funny how the shops close early whenever {g} are about.", "This was a lovely town before {g} found it.", "Guess who was at the scene again? {g}, what a coincidence.",
        "Some of us have to work. {g} have other talents.", "I count the spoons after {g} visit.", "You can tell by the smell that {g} were here.", "The zoo called, it wants {g} back.",
        "{g} and honest work, that I would like to see.", "Ask {g} who pulls the strings, they know best.", "Wherever {g} go, decency packs its bags.", "Evolution took a break with {g}.", "In this house we do not let {g} near the children.",
    ),
    "hate_opinion": (
        "In my honest opinion {g} are simply less intelligent.", "I respect everyone, but {g} don't fit into a civilised country.", "With all due respect, {g} should not be allowed to vote.", "It is just a fact that {g} bring crime.",
        "I believe that {g} ought to live apart from normal people.", "Nothing personal, but {g} are a burden on society.", "I'm only saying what all think: {g} are not our equals.", "Frankly, {g} should not have children.",
    ),
    "dehumanisation": (
        "{g} breed like rats.", "{g} are a tumour in this country.", "Look at {g}, they crawl out of every hole.", "{g} are not people, they just look like it.", "A swarm of {g} has settled on our street.",
        "You don't argue with {g}, you call pest control.", "{g} infest our schools.", "Feeding {g} only makes more of them, like pigeons.", "{g} are beasts and should be kept on a chain.",
    ),
}  # fmt: skip
_BENIGN: dict[str, tuple[str, ...]] = {
    "reported": (
        "Somebody wrote on the {p} that {g} should be shot. Police are looking for him.", "A man threatened {g} with a knife outside the {p}, it is all over the news.",
        "My colleagues who are {g} got letters that said they would not live to see the summer.", "They said they would {v} {g}, so we reported the account.", "The court heard how he planned to burn down the {p}.",
    ),
    "quoted_opposed": (
        "\"Death to {g}\" is not an opinion, it is a crime.", "Anyone who writes that someone should {v} {g} gets banned here.", "Who says that {g} are rats has learned nothing from history.",
        "\"{g} are a burden\" – stop repeating this nonsense.", "Telling {g} that they smell is racist bullying and we won't have it.",
    ),
    "negated": (
        "Nobody has the right to hurt {g}.", "I'd never say that {g} are less intelligent, because it's false.", "No, {g} do not bring crime.", "{g} should not have to be afraid of being beaten.", "We must never let anyone attack {g} again.",
        "I don't hate {g} at all, why would I?",
    ),
    "news_history": ("Thousands of {g} were killed in that war.", "In those years {g} were shot, hanged and burned, and the town looked on.", "The film shows how {g} were beaten at the {p}."),
    "positive_mention": ("{g} next door are the kindest people in our street.", "Since {g} moved in our street has the best parties.", "We are coming for dinner with {g} tomorrow, house by house!", "So glad that {g} joined our club.", "{g} work hard and I'd rent my flat to them any day."),
    "neutral_mention": ("How many {g} live in this town?", "Are there {g} in your class?", "We meet {g} at the {p} at six.", "The {p} burned down after a short circuit, nobody was hurt."),
    "chat": (
        "I'm going to {v} this exam tomorrow.", "somebody please {v} that alarm clock", "Next time I bring my knife, your kitchen knives are blunt.", "I know where you live, so I'll just drop the book off.", "You won't believe what we grilled yesterday.",
        "kill all jobs of that user and start the daemon again", "the server died, we shoot it and take another one", "Watch your back when you lift that box!", "He will bleed the brakes and then the car is fine.", "I could strangle my printer right now",
        "that boss fight, we got slaughtered again", "never do that again, you broke my build", "you idiot, you deleted the wrong branch :D", "people who join a channel only to paste logs, please stop", "what a stupid driver, crashes each time", "die, evil bug, die",
        "it hangs when I attach the debugger to the child", "how do I execute a script on a slave node?", "this master kills idle workers after ten minutes", "we need to purge the old packages and burn a new cd",
    ),
}  # fmt: skip
_OTHERS: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {
        "threat": ("Ich bringe euch {g} alle um.", "Euch {g} stech ich ab, einen nach dem andern.", "Wir wissen, wo ihr {g} wohnt.", "{g}, eure Tage sind gezählt.", "Nächstes Mal fließt Blut, ihr {g}.", "Morgen brennt euer Haus, {g}.", "Wenn ich {g} sehe, schlag ich zu."),
        "incitement": ("Man sollte alle {g} erschießen.", "{g} gehören an die Wand gestellt.", "Zündet denen das Haus an, den {g}!", "Schlagt {g} tot, wo ihr sie trefft.", "Jagt {g} endlich aus der Stadt, mit Knüppeln.", "Warum vergast die {g} keiner?", "{g} muss man ausrotten."),
        "support_hate": ("Der Angriff auf die {g} war richtig so.", "Respekt für jeden, der {g} verprügelt.", "Damals wusste man noch, was man mit {g} macht."),
        "negated": ("Niemand darf {g} bedrohen.", "Ich habe nichts gegen {g}.", "Nie wieder dürfen {g} verfolgt werden."),
        "quoted_opposed": ("Wer schreibt, dass man {g} erschießen soll, gehört gesperrt.", "\"{g} raus\" ist keine Meinung."),
        "positive_mention": ("Die {g} nebenan sind die besten Nachbarn.", "Schön, dass {g} in unserem Verein sind."),
    },
    "fr": {
        "threat": ("Je vais tuer tous les {g}.", "On sait où vous habitez, les {g}.", "Les {g}, vous allez crever.", "La prochaine fois je sors le couteau, les {g}.", "On va brûler vos maisons, les {g}.", "Vos jours sont comptés, les {g}."),
        "incitement": ("Il faut tuer les {g}.", "Brûlez les maisons des {g} !", "Les {g} méritent d'être pendus.", "Qu'on fusille tous les {g}.", "Frappez les {g} dès que vous les voyez.", "Il faut exterminer les {g} comme des rats."),
        "support_hate": ("Celui qui a frappé les {g} est un héros.", "Bravo à ceux qui chassent les {g}."),
        "negated": ("Personne n'a le droit de frapper les {g}.", "Je n'ai rien contre les {g}.", "Il ne faut jamais insulter les {g}."),
        "quoted_opposed": ("Écrire qu'il faut tuer les {g}, c'est un crime.", "Ceux qui disent que les {g} sont des rats me dégoûtent."),
        "positive_mention": ("Les {g} du quartier sont adorables.", "Merci aux {g} de notre club."),
    },
    "ar": {
        "threat": ("سنقتل كل {g}", "والله راح اذبح {g} واحد واحد", "نعرف وين ساكنين يا {g}", "ايامكم معدودة يا {g}", "سنحرق بيوتكم يا {g}", "هكسر راس {g} لو شفتهم"),
        "incitement": ("اقتلوا {g} اينما وجدتموهم", "يجب قتل {g}", "لازم نحرق بيوت {g}", "اضربوا {g} في الشوارع", "يستحقون الموت، {g} كلهم", "اطردوا {g} بالقوة واحرقوا خيامهم"),
        "support_hate": ("اللي ضرب {g} بطل", "احسنوا لما حرقوا بيوت {g}"),
        "dehumanisation": ("{g} حيوانات", "{g} حشرات وليسوا بشر", "{g} كلاب"),
        "negated": ("لا يجوز قتل {g}", "انا لا اكره {g}", "ما حد له حق يضرب {g}"),
        "quoted_opposed": ("من يقول ان {g} حيوانات فهو عنصري", "كفى تحريضا على {g}"),
        "positive_mention": ("{g} جيراننا وناس طيبين", "نحب {g} واهلا بهم"),
    },
}  # fmt: skip
_NICKS = "tom_k mira DarkFish jbean Zorro77 owl_ kattia pdq RedBaron mxl sunnyside BrainFog guru99 WildChild lazyfox Nomad_ ghost42 BlackIce pinky Viking CircusClown OldGoat".split()
_TOOLS = "apt grub nano the_kernel firefox the_installer my_router python xorg the_driver ssh the_build docker cron samba the_mixer git the_panel wine the_scanner".split()
_TALK: tuple[str, ...] = (
    "{n}: yeah",
    "{n}, no idea, sorry",
    "{n}: never do that without a backup",
    "{n}, stop doing that please",
    "{n}: that's what it does",
    "{n}, it means you have no rights on that folder",
    "{n}: if nobody knows, nobody will answer. just wait",
    "{n}, turn it off, then on, then off and on again",
    "{n}: power off, unplug it, plug it back in",
    "lazy people don't read the manual, {n}",
    "{n}: if that doesn't work ask whoever runs the server",
    "i guess it's worth a try",
    "{n}, people who paste that much get kicked",
    "please don't paste here, use the pastebin",
    "{n}: {t} hates me today",
    "anyone using {t} on amd64?",
    "how do i get rid of {t} completely?",
    "how can i remove all of them at once?",
    "{n}: they removed it from the new release",
    "they should never have changed {t}, it's dangerous now",
    "is there a way to force {t} to die?",
    "{t} keeps dying on me",
    "killing {t} does nothing, it comes right back",
    "{n}: sure you can write to it, it's just dangerous",
    "the back one goes first, then the others",
    "what do you people use instead of {t}?",
    "{n}: those are the old ones, throw them away",
    "man these docs are garbage",
    "{t} is trash, use something else",
    "{n}: your disk is dying, not {t}",
    "damn, {t} ate my config",
    "{n}: lol you fool, read the topic",
    "it's ugly but it works",
    "this is the dirty way, but fine",
    "{n}, getting old? me too",
    "i let my brother use it and he broke everything",
    "my wife says hi to all of you",
    "the kids want the pink theme back",
    "{n}: black on white or white on black?",
    "where are you from, {n}?",
    "any germans here?",
    "is there a french channel?",
    "{n}: try the spanish channel, they are nicer",
    "{n}: why would you want that? nobody needs it",
    "they told me it's harder to do on {t}",
    "everybody out, the server restarts in five",
    "{n} has left the channel",
    "*** {n} sets mode +o",
    "{n} was kicked (flood)",
    "--> {n} joined",
    "[12:04] <{n}> hello all",
    "{n}: what's the output of lsusb?",
    "E: could not get lock, is another process using it?",
    "Segmentation fault (core dumped) in {t}",
    "{n}: burn the image at low speed",
    "{n}, mount it first, then shoot me a message",
    "we need to get rid of these orphans",
    "the parent process must reap its children",
    "{n}: being rude won't get you help",
    "that's a stupid question, but no, you can't",
    "{n}, not everyone here is a native speaker, be kind",
    "some guy in here said it was the master slave jumper",
    "{n}: they're all broken in some way",
    "nah they are fine, it's you :p",
    "{n}: you should be able to hear the beep",
    "no one deserves {t} on a monday",
    "it should have been deleted years ago",
    "that's the only way out of a panic",
    "tell them to go back to the stable release",
)
_HATEFUL = frozenset((*_FRAMES, "dehumanisation"))
_CATEGORY = {"implicit": "derogation", "hate_opinion": "derogation"}


def compose(lexicons: dict[str, Lexicon], *, per_frame: int = 4, seed: int = 5) -> list[Example]:
    """Return the composed examples of all languages, each frame with ``per_frame`` groups; the same ones each time."""
    pick = random.Random(seed)
    result: list[Example] = []
    tables = {"en": {**_FRAMES, **_BENIGN}, **_OTHERS}
    listed = [(code, table) for part in (tables, MENTIONS) for code, table in part.items()]
    for language, table in listed:
        names: dict[str, list[str]] = {}
        for term, target, form in lexicons[language].identity_rows:
            if form == "plural" and target != "other":
                names.setdefault(target, []).append(term)
        if not names:
            continue
        for kind, frames in table.items():
            for frame in frames:
                groups = pick.sample(sorted(names), min(per_frame + (language != "en"), len(names)))
                for group in groups if "{" in frame else groups[:1]:
                    text = frame.replace("{g}", pick.choice(names[group])).replace("{p}", _PLACES[group])
                    text = text.replace("{v}", pick.choice(_VERBS).replace("_", " "))
                    hateful = kind in _HATEFUL
                    category = _CATEGORY.get(kind, kind) if hateful else "none"
                    named = (group,) if "{g}" in frame or "{p}" in frame else ()
                    result.append(
                        Example(text, hateful, language, category, named, kind, "", "composed", 0.6)
                    )
    for line in _TALK:
        for _ in range(5 if "{" in line else 1):
            text = line.replace("{n}", pick.choice(_NICKS)).replace(
                "{t}", pick.choice(_TOOLS).replace("_", " ")
            )
            result.append(Example(text, False, "en", "none", (), "chat", "", "composed", 1.0))
    return result
