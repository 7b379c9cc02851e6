"""Puts the rooms together: what the command line and the engine both need."""

from __future__ import annotations

import contextlib
import logging
import stat
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from courage.academy.academy import Academy
from courage.academy.catalogue import Catalogue
from courage.academy.disputes import Disputes
from courage.academy.drills import Drills
from courage.academy.feedback import Coach
from courage.academy.likeness import Likeness, load_head
from courage.academy.own import OwnScenarios
from courage.academy.reader import ReplyReader
from courage.academy.shelf import Shelf
from courage.cases.decisions import Decisions
from courage.cases.events import EventBus
from courage.cases.failed_deliveries import FailedDeliveries
from courage.cases.person_data.service import PersonData
from courage.cases.relay.postgres import PostgresTransport
from courage.cases.relay.relay import Relay
from courage.cases.retention import purge
from courage.cases.webhooks.guard import Guard
from courage.cases.webhooks.service import Webhooks
from courage.db.engine import DEFAULT_ORGANISATION, make_engine, make_sessions
from courage.db.erasures import FILE, Erasures
from courage.db.migrations import upgrade
from courage.detection.model import e5
from courage.detection.model.encoder import Encoder, load_encoder
from courage.detection.screener import Screener, load_screener
from courage.detection.text.pivot import fingerprint as glosses_fingerprint
from courage.detection.text.pivot import to_pivot
from courage.detection.verdict import Verdict
from courage.errors import CourageError
from courage.insights.shadow import Shadows
from courage.insights.usage import Usages
from courage.library.lint import Linter
from courage.library.reading import LibraryReader
from courage.library.search.beside import e5_beside
from courage.library.search.index import LibraryIndex
from courage.library.search.meaning import MeaningSearch
from courage.library.service import Library
from courage.library.shared_facts import SharedFacts
from courage.library.starter import load_starter_library
from courage.library.suggest.pair_reader import SHIPPED as SHIPPED_READER
from courage.library.suggest.pair_reader import PairReader, load_reader
from courage.library.suggest.recommend import Recommender
from courage.library.suggest.repeated import RepeatedNarratives
from courage.library.suggest.weights import InUse, weights_in_use
from courage.people.access import Access
from courage.people.keys import ApiKeys
from courage.people.organisations import Organisations
from courage.people.people import People
from courage.people.practice import PracticeSpaces
from courage.people.readiness import Readiness
from courage.people.rooms import Rooms
from courage.people.sealing import Seal
from courage.people.second_factor import SecondFactor
from courage.people.tickets import Tickets
from courage.settings import Settings, load_settings
from courage.shipped import CHECKOUT, DETECTION_MODEL, LEXICONS, STARTER_LIBRARY
from courage.web.provider import Provider, ProviderSettings

log = logging.getLogger(__name__)


def quiet(_: str) -> None:
    """Say nothing."""


def settings_or_default() -> Settings:
    """Return the settings; the same as :func:`load_settings`, named for commands that need few of them."""
    return load_settings()


def make_screener(settings: Settings) -> Screener:
    """Return the screener that the settings describe.

    :raises CourageError: if the encoder or the detection model cannot be used.
    """
    return load_screener(
        settings.detection_model or DETECTION_MODEL,
        settings.cache,
        lexicons=LEXICONS,
    )


def load_sentence_encoder(settings: Settings) -> Encoder:
    """Return the encoder by which the assistant understands sentences.

    :raises CourageError: if it cannot be used.
    """
    return load_encoder(e5.NAME, cache=settings.cache)


def private_folder(folder: Path) -> None:
    """Make a folder that nobody but its owner can look into; one that is there already is closed to others."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        with contextlib.suppress(PermissionError):  # a folder of another user, e.g. a mounted volume
            folder.chmod(0o700)


def open_database(
    settings: Settings, say: Callable[[str], None] = quiet
) -> tuple[Engine, sessionmaker[Session]]:
    """Open the database, bring its tables up to date and make sure the organisation exists.

    ``say`` hears where the copy is that was made before tables were changed.

    :raises CourageError: if it cannot be opened.
    """
    private_folder(settings.home)
    engine = make_engine(settings.database)
    copy = upgrade(
        engine,
        organisation=settings.organisation,
        copies=settings.home,
        without_copy=settings.migrate_without_copy,
    )
    if copy is not None:
        say(f"database: tables brought up to date; as it was before it is in {copy}")
    sessions = make_sessions(engine, strict=True, erasures=Erasures(settings.home / FILE))
    second_factors(settings, sessions).seal_all()  # what earlier versions kept as it was
    return engine, sessions


def open_people(settings: Settings) -> People:
    """Return the people of this organisation."""
    return make_people(settings, open_database(settings)[1])


def make_access(settings: Settings, sessions: sessionmaker[Session]) -> Access:
    """Return how people of a database that is open log in."""
    return Access(sessions, session_time=timedelta(hours=settings.session_hours))


def make_people(settings: Settings, sessions: sessionmaker[Session], access: Access | None = None) -> People:
    """Return the people of a database that is open."""
    return People(
        sessions,
        access or make_access(settings, sessions),
        second_factor=second_factors(settings, sessions),
        tickets=Tickets(sessions, Seal(settings.pseudonym_key.get_secret_value().encode(), "login tickets")),
    )


def second_factors(settings: Settings, sessions: sessionmaker[Session]) -> SecondFactor:
    """Return the second factors of people, with the key that is derived from the installation's secret."""
    secret = settings.pseudonym_key.get_secret_value().encode()
    return SecondFactor(sessions, Seal(secret, "second factor"))


def provider_of(settings: Settings) -> Provider | None:
    """Return the provider with which people may log in, if the operator names one."""
    if not settings.oidc_issuer:
        return None
    described = ProviderSettings(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.oidc_name,
        settings.oidc_scopes,
        settings.oidc_claim,
        "" if settings.oidc_new_people == "nobody" else settings.oidc_new_people,
        settings.oidc_new_organisation,
        settings.oidc_log_out,
    )
    return Provider(described, f"{settings.address}/login/provider/back")


def make_relay(settings: Settings, bus: EventBus, engine_id: str) -> Relay:
    """Return what carries events between the engines of a database: Redis where one is set, else the database itself.

    :raises CourageError: if the client of Redis is not installed.
    """
    address = settings.redis_url.get_secret_value()
    if not address:
        return Relay(bus, PostgresTransport(settings.database), engine_id)
    try:
        from courage.cases.relay.redis import RedisTransport  # its client is an extra
    except ModuleNotFoundError as error:
        raise CourageError(
            f"COURAGE_REDIS_URL is set, and the package {error.name} is missing: install courage[redis]"
        ) from None
    key = settings.pseudonym_key.get_secret_value().encode()
    return Relay(bus, RedisTransport(address, key, settings.database), engine_id)


def open_readiness(settings: Settings) -> Readiness:
    """Return who is marked ready for live cases."""
    return Readiness(open_database(settings)[1])


def open_keys(settings: Settings) -> ApiKeys:
    """Return the API keys of other programs."""
    return ApiKeys(open_database(settings)[1])


def open_decisions(settings: Settings) -> tuple[Decisions, People]:
    """Return what people decided about texts, and the people who may review it."""
    sessions = open_database(settings)[1]
    return Decisions(sessions, settings.pseudonym_key.get_secret_value().encode()), People(sessions)


def open_person_data(settings: Settings) -> tuple[PersonData, People]:
    """Return what gives out and erases the data of a person, and the people of the desk."""
    sessions = open_database(settings)[1]
    key = settings.pseudonym_key.get_secret_value().encode()
    return PersonData(sessions, key), People(sessions)


def open_deliveries(settings: Settings) -> tuple[FailedDeliveries, People]:
    """Return the deliveries that no channel accepted, and the people who may look after them."""
    sessions = open_database(settings)[1]
    return FailedDeliveries(sessions), People(sessions)


def open_webhooks(settings: Settings) -> tuple[Webhooks, People]:
    """Return the webhooks, and the people who may look after them."""
    sessions = open_database(settings)[1]
    return Webhooks(sessions, Guard(settings.webhook_networks)), People(sessions)


def open_rooms(settings: Settings) -> tuple[Rooms, People]:
    """Return the rooms of the channels, and the people who may change them."""
    sessions = open_database(settings)[1]
    return Rooms(sessions, settings.sensitivity), People(sessions)


def open_shadows(settings: Settings) -> Shadows:
    """Return what each sensitivity would have flagged in the rooms."""
    return Shadows(open_database(settings)[1])


def open_organisations(settings: Settings) -> Organisations:
    """Return the organisations of this installation."""
    return Organisations(open_database(settings)[1])


def open_usages(settings: Settings) -> tuple[Usages, Organisations]:
    """Return what organisations use of what they may use, and the organisations."""
    sessions = open_database(settings)[1]
    organisations = Organisations(sessions)
    return Usages(sessions, organisations), organisations


def share_starter_library(library: Library) -> int:
    """Bring the starter library that further organisations share up to date; return how many responses are new."""
    shared = Organisations(library.sessions).starter()
    if shared is None:
        return 0
    return load_starter_library(library, STARTER_LIBRARY, organisation_id=shared, scope="shared")


def first_login_link(settings: Settings) -> str | None:
    """Make sure there is an admin; return a one-time link for them as long as nobody ever logged in."""
    people = open_people(settings)
    admins = people.list(role="admin")
    admin = admins[0] if admins else people.add("admin", "admin")
    if people.anybody_logged_in():
        return None
    return f"{settings.address}/login/{people.login_link(admin.id)}"


def purge_now(settings: Settings) -> int:
    """Purge what is past its retention date; return how many cases lost their text."""
    return purge(open_database(settings)[1]).texts


class Components:
    """The synchronous parts, each made when first asked for: database, screener, library, index, recommender."""

    def __init__(self, settings: Settings, say: Callable[[str], None] = quiet) -> None:
        self.settings = settings
        self.say = say

    def __enter__(self) -> Components:
        return self

    def __exit__(self, *_: object) -> None:
        if "index" in self.__dict__:
            self.index.close()
        if "database" in self.__dict__:
            self.database[0].dispose()

    @cached_property
    def database(self) -> tuple[Engine, sessionmaker[Session]]:
        """The database's engine and its sessions, tables up to date."""
        self.say("database: opening, tables up to date")
        return open_database(self.settings, self.say)

    @property
    def engine(self) -> Engine:
        """The database's engine."""
        return self.database[0]

    @property
    def sessions(self) -> sessionmaker[Session]:
        """The session factory."""
        return self.database[1]

    @cached_property
    def screener(self) -> Screener:
        """The screener, its encoder exported to ONNX at first use."""
        self.say("detection: loading the encoder and the model")
        return make_screener(self.settings)

    @cached_property
    def encoder(self) -> Encoder:
        """The plain encoder, for retrieval."""
        return load_encoder(self.settings.encoder or None, cache=self.settings.cache)

    @cached_property
    def sentences(self) -> Encoder:
        """multilingual-e5-small: for what people say to the assistant, and beside MiniLM for retrieval."""
        if self.settings.encoder == e5.NAME:
            return self.encoder
        self.say("assistant and suggestions: loading the encoder of sentences")
        return load_sentence_encoder(self.settings)

    @staticmethod
    def pivot(text: str, language: str) -> str:
        """Gloss a text word by word, so that an English encoder can read other languages."""
        return to_pivot(text, language, LEXICONS)

    @cached_property
    def library(self) -> Library:
        """The library with its checks, the starter responses loaded."""
        library = Library(self.sessions)
        added = load_starter_library(library, STARTER_LIBRARY)
        added += share_starter_library(library)
        if added:
            self.say(f"library: {added} starter responses loaded")
        return library

    @cached_property
    def facts(self) -> SharedFacts:
        """The facts that responses show."""
        return SharedFacts(self.library.sessions, clock=self.library.clock, on_change=self.library.changed)

    @cached_property
    def index(self) -> LibraryIndex:
        """The index over responses and claims, brought up to date with the database."""
        library = self.library
        self.say("index: checking it against the library")
        index = LibraryIndex(
            library.sessions,
            self.encoder,
            self.settings.home / "index",
            **self.texts_read,
        )
        index.open()
        return index

    @property
    def texts_read(self) -> dict[str, Any]:
        """Return how texts are read: by e5 alone, by another encoder as glosses, or, as shipped, by both side by side."""
        if self.settings.encoder == e5.NAME:
            return {"prefixes": (e5.QUERY, e5.PASSAGE)}
        glossed: dict[str, Any] = {"pivot": self.pivot, "pivot_fingerprint": glosses_fingerprint(LEXICONS)}
        return glossed if self.settings.encoder else {**glossed, "beside": e5_beside(self.sentences)}

    @cached_property
    def meaning(self) -> MeaningSearch:
        """The search of the library by meaning."""
        return MeaningSearch(self.index, LibraryReader(self.library.sessions, self.library.clock))

    @cached_property
    def linter(self) -> Linter:
        """The library's checks."""
        linter = Linter(verdict=self.screener.screen, index=self.index, facts=self.facts.approved)
        self.library.checks = linter
        return linter

    @cached_property
    def ranking(self) -> InUse:
        """The weights of the ranking, trained or as shipped."""
        return weights_in_use(self.settings.home)

    @cached_property
    def reading(self) -> tuple[PairReader | None, str]:
        """The cross-encoder of the ranking, or ``None`` and, if it was asked for, why there is none."""
        if not self.settings.cross_encoder:
            return None, ""
        self.say("ranking: loading the cross-encoder")
        return load_reader(SHIPPED_READER, self.settings.cache)

    @property
    def reader(self) -> PairReader | None:
        """The cross-encoder of the ranking, if it can run."""
        return self.reading[0]

    @cached_property
    def recommender(self) -> Recommender:
        """The recommender over library and index."""
        recommender = Recommender(self.library, self.index, weights=self.ranking.weights, reader=self.reader)
        recommender.warm_up()
        return recommender

    @cached_property
    def repeated(self) -> RepeatedNarratives:
        """Which of the library's narratives a message repeats."""
        return RepeatedNarratives(self.library.sessions, self.index, self.recommender.nearness)

    def screen_replies(self, texts: Sequence[str], language: str) -> Sequence[Verdict]:
        """Screen what people write in training, in the language of the conversation; nothing is kept."""
        return self.screener.screen_many(texts, explained=False, language=language)

    @cached_property
    def reply_reader(self) -> ReplyReader:
        """What reads replies of training."""
        self.say("academy: loading what replies are read with")
        return ReplyReader(Likeness(self.sentences, load_head()), self.screen_replies)

    def academy(self, spaces: PracticeSpaces) -> Academy:
        """Return the academy over what there is to practise with; files that are wrong are named in the log."""
        catalogue = Catalogue.load()
        for problem in catalogue.problems:
            log.warning("academy: %s", problem)
        shelf = Shelf(catalogue, self.sessions)
        return Academy(
            shelf,
            OwnScenarios(self.sessions, shelf),
            Drills(self.sessions, spaces),
            Disputes(self.sessions),
            Coach(self.recommender),
            spaces,
            lambda: self.reply_reader,
            self.screen_replies,
        )

    def library_size(self) -> int:
        """Load everything that is derived and return how many responses the first organisation has."""
        _ = self.screener, self.recommender
        if CHECKOUT is not None and self.settings.rasa:
            _ = self.sentences
        return self.library.count(organisation_id=DEFAULT_ORGANISATION)
