"""Settings: from the environment (``COURAGE_…``), from ``courage.toml``, or the defaults, in this order."""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, create_model, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from courage.cases.webhooks.guard import networks_of
from courage.errors import CourageError
from courage.gateways.chosen import ChosenSettings, values_beside
from courage.gateways.mail.settings import MailSettings
from courage.gateways.registry import find_gateways
from courage.home import write_private
from courage.redis_address import RedisAddress
from courage.shipped import PREVIOUS_MODEL, default_home
from courage.web.sockets import LONGEST


class SettingsError(CourageError):
    """A setting is missing, unknown or malformed; the message names it and what is allowed."""


class CoreSettings(BaseSettings):
    """What an operator can choose whatever chat systems there are. Each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="COURAGE_", extra="forbid", validate_default=True)

    home: Path = Field(default_home(), description="folder of the database, index, models and logs")
    database_url: str = Field(
        "", description="SQLAlchemy address of the database; empty: SQLite in the home folder"
    )
    redis_url: RedisAddress = Field(
        SecretStr(""),
        description="Redis by which engines on one PostgreSQL hear each other and where Rasa keeps locks; empty: none",
    )
    organisation: str = Field("Our organisation", description="name of the organisation that owns the data")
    language: Literal["en", "fr", "de", "ar"] = Field(
        "en",
        description="language of cards, of what is said to a whole room, and to people who chose none",
    )
    host: str = Field("127.0.0.1", description="address the desk listens on")
    port: int = Field(8080, ge=1, le=65535, description="port of the desk and of the engine's HTTP API")
    internal_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="port for Rasa and other programs of this machine, on loopback; 0: the one after COURAGE_PORT",
    )
    internal_socket: Path | None = Field(
        None,
        description="path of a Unix socket that takes the place of that port, which only the service's own user can open; "
        "empty: the port",
        json_schema_extra={"allowed": "a path of 100 bytes at most, or none"},
    )
    trusted_proxies: list[str] = Field(
        default_factory=lambda: ["127.0.0.1", "::1"],
        description="addresses or networks of reverse proxies whose X-Forwarded-For is believed",
    )
    public_url: str = Field(
        "",
        description="address under which people reach the desk; https makes cookies secure; it may end in a folder, "
        "such as https://example.org/courage, which the proxy takes off",
        json_schema_extra={"allowed": "an address with http or https and without a query, or none"},
    )
    rasa: bool = Field(True, description="whether to start Rasa beside the engine")
    rasa_port: int = Field(5005, ge=1, le=65535, description="port of Rasa, on loopback")
    rasa_url: str = Field(
        "", description="address of a Rasa that runs elsewhere; empty: the one started beside"
    )
    encoder: str = Field(
        "",
        description="multilingual-e5-small, or local path or model name of another encoder for retrieval; "
        "empty: MiniLM and multilingual-e5-small side by side",
    )
    cross_encoder: bool = Field(
        False,
        description="whether a small cross-encoder reads the likeliest suggestions again before they are offered: "
        "better on judged messages, slower, and not yet better everywhere (docs/measurements.md)",
    )
    detection_model: Path | None = Field(
        None,
        description="folder of the detection model; empty: the one shipped; minilm: the one shipped before it",
    )
    sensitivity: Literal["quiet", "balanced", "watchful"] = Field(
        "balanced", description="how readily rooms flag messages unless a room chose otherwise"
    )
    narratives: list[Literal["quiet", "balanced", "watchful"]] = Field(
        ["balanced", "watchful"],
        description="sensitivities at which a narrative, which insults nobody but is worth an answer, opens a case "
        "unless a room chose otherwise",
    )
    retention_days: int = Field(90, ge=1, le=3650, description="days until the text of a case is purged")
    claim_minutes: int = Field(30, ge=1, le=1440, description="minutes until an idle claim is released")
    undo_seconds: int = Field(
        20,
        ge=0,
        le=120,
        description="seconds that a confirmed reply waits before it leaves, in which its person can take it back",
    )
    cards_per_minute: int = Field(
        6, ge=1, le=600, description="most cards a minute and room; the rest in one summary"
    )
    session_hours: int = Field(12, ge=1, le=720, description="hours until a login at the desk ends")
    oidc_issuer: str = Field(
        "",
        description="address of an OpenID Connect provider with which people may log in; empty: none",
        json_schema_extra={"allowed": "an address with https (http on this machine only), or none"},
    )
    oidc_client_id: str = Field("", description="what the desk is called at that provider")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="its secret there; empty: a public client, which PKCE protects alone"
    )
    oidc_name: str = Field("", description="what the button at the login calls the provider; empty: its host")
    oidc_scopes: str = Field(
        "openid profile email", description="what the provider is asked for, openid among it"
    )
    oidc_claim: str = Field(
        "preferred_username",
        description="claim that names new people, such as email (only where it is verified); it never opens an account "
        "that is there",
    )
    oidc_new_people: Literal["nobody", "volunteer", "moderator", "trainer"] = Field(
        "nobody",
        description="role of those who come from the provider and have no account yet; nobody: they get none",
    )
    oidc_new_organisation: str = Field(
        "", description="short name of the organisation where they belong then; empty: the first"
    )
    oidc_log_out: bool = Field(
        True, description="whether who logs out here is led to the provider's log-out too"
    )
    perspective_lenient: bool = Field(
        False,
        description="whether the Perspective-compatible address answers 0 for attributes that are not scored "
        "(INSULT, PROFANITY …) instead of an error",
    )
    perspective_suggestions: bool = Field(
        False,
        description="whether scores that programs suggest are kept, with their text, as proposals for trainers to "
        "confirm or reject; otherwise nothing is stored",
    )
    webhook_networks: list[str] = Field(
        default_factory=list,
        description="private addresses or networks that webhooks may reach, such as 10.0.0.5; public ones they may "
        "reach by https without being named",
    )
    mail_host: str = Field("", description="mail server that mails are handed to; empty: no mail is sent")
    mail_port: int = Field(
        587, ge=1, le=65535, description="its port; mostly 587 with starttls, 465 with tls"
    )
    mail_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="how the connection to it is encrypted; none only for a mail server on this machine",
    )
    mail_user: str = Field("", description="user name at the mail server; empty: it asks for none")
    mail_password: SecretStr = Field(SecretStr(""), description="its password")
    mail_from: str = Field("", description="e-mail address that mails are from, such as courage@example.org")
    push: bool = Field(
        False,
        description="whether people may have their browsers told how many cases wait; the numbers go, encrypted, through "
        "the push services of the browsers' makers",
    )
    migrate_without_copy: bool = Field(
        False,
        description="whether the database is brought up to date even where no copy of it can be made before",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="how much the log says"
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="how the log is written: lines for people, or one JSON object a line"
    )
    internal_secret: SecretStr = Field(
        SecretStr(""),
        description="secret between engine and Rasa; empty: made at the first start and kept",
        json_schema_extra={"allowed": "16 characters or more, or none"},
    )
    pseudonym_key: SecretStr = Field(
        SecretStr(""),
        description="key of the authors' pseudonyms; empty: made at the first start and kept",
        json_schema_extra={"allowed": "16 characters or more, or none"},
    )

    @field_validator("internal_socket", mode="before")
    @classmethod
    def _no_socket(cls, value: object) -> object:
        return value or None

    @field_validator("internal_socket")
    @classmethod
    def _socket_path(cls, value: Path | None) -> Path | None:
        found = None if value is None else value.expanduser().absolute()
        if found is not None and len(os.fsencode(found)) > LONGEST:
            raise ValueError("this path is too long for a socket")
        return found

    @field_validator("home", "detection_model")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        # A bare word, so that no folder of that name is meant by accident.
        return PREVIOUS_MODEL if str(value) == "minilm" else value.expanduser().resolve()

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        networks_of(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)  # raises ValueError for what is no address at all
        fine = parts.scheme in ("http", "https") and parts.hostname and re.fullmatch(r"[\w./~-]*", parts.path)
        if value and (
            not fine
            or parts.query
            or parts.fragment
            or parts.username
            or ".." in parts.path
            or "//" in parts.path
        ):
            raise ValueError("this is no address that a browser can open")
        return value.rstrip("/")

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1") or str(parts.hostname).endswith(
            ".localhost"
        )
        fine = parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and local))
        if value and (not fine or parts.query or parts.fragment or parts.username):
            raise ValueError("this is no address of a provider")
        return value

    @field_validator("oidc_client_id")
    @classmethod
    def _known_there(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("oidc_issuer") and not value:
            raise ValueError("with oidc_issuer it is needed: what the desk is called at the provider")
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _asks_who(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("openid has to be among what is asked for")
        return value

    @field_validator("internal_secret", "pseudonym_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and len(value.get_secret_value()) < 16:
            raise ValueError("a secret needs 16 characters or more, or none to have one made")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = InitSettingsSource(settings_cls, fromfile_variables(settings_cls))
        return init_settings, env_settings, files, TomlConfigSettingsSource(settings_cls, config_file())

    @property
    def database(self) -> str:
        """The database's address, the default filled in."""
        return self.database_url or f"sqlite:///{self.home / 'courage.db'}"

    @property
    def rasa_address(self) -> str:
        """Where Rasa answers."""
        return (self.rasa_url or f"http://127.0.0.1:{self.rasa_port}").rstrip("/")

    @property
    def engine_address(self) -> str:
        """Where programs on this machine find the desk, whatever it listens on."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "localhost") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def internal_address(self) -> str:
        """Where Rasa finds the engine: a listener of its own, on loopback only, which no proxy should reach."""
        return f"http://127.0.0.1:{self.internal_port or self.port % 65535 + 1}"

    @property
    def internal_place(self) -> str:
        """Where the internal listener is, in words for ``/health``."""
        return (
            "Unix socket"
            if self.internal_socket is not None
            else f"port {self.internal_address.rpartition(':')[2]}"
        )

    @property
    def address(self) -> str:
        """Where people open the desk."""
        return (self.public_url or self.engine_address).rstrip("/")

    @property
    def cache(self) -> Path:
        """Folder of derived models, which can be deleted at any time."""
        return self.home / "cache"


if TYPE_CHECKING:

    class Settings(CoreSettings):
        """Everything an operator can choose: the core's settings and those of each gateway."""

else:
    Settings = create_model(
        "Settings",
        __base__=(*(gateway.options for gateway in find_gateways()), CoreSettings),
        __doc__="Everything an operator can choose: the core's settings and those of each gateway.",
    )


def config_file() -> Path:
    """Return the settings file: ``COURAGE_CONFIG``, or ``courage.toml`` in the working directory."""
    return Path(os.environ.get("COURAGE_CONFIG") or "courage.toml")


def file_variables(known: type[BaseSettings]) -> dict[str, str]:
    """Return which settings may be given as a file (``COURAGE_…_FILE``): texts, by the name of that variable."""
    texts = {n: f for n, f in known.model_fields.items() if f.annotation in (str, SecretStr)}
    return {f"COURAGE_{name.upper()}_FILE": name for name in texts}


def fromfile_variables(known: type[BaseSettings]) -> dict[str, str]:
    """Return the settings whose value stands in a file that ``COURAGE_…_FILE`` names, as containers hand secrets over.

    A line break at the end is not part of the value.

    :raises ValueError: where a file cannot be read, or the setting is given both ways.
    """
    found: dict[str, str] = {}
    for variable, name in file_variables(known).items():
        path = os.environ.get(variable)
        if not path:
            continue
        if os.environ.get(variable.removesuffix("_FILE")):
            raise ValueError(
                f"{variable.removesuffix('_FILE')} and {variable} are both set; keep one of them"
            )
        try:
            found[name] = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            said = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ValueError(f"{variable} names {path}, which cannot be read: {said}") from None
    return found


def load_settings(**given: Any) -> Settings:
    """Return the settings of this process, secrets included; those that nobody gave are made.

    :raises SettingsError: for an unknown setting or a value outside what is allowed; one line.
    """
    return _with_secrets(read_settings(**given))


def read_settings(**given: Any) -> Settings:
    """Return the settings of this process as they are given, and make nothing.

    :raises SettingsError: for an unknown setting or a value outside what is allowed; one line.
    """
    known = {f"COURAGE_{name.upper()}" for name in Settings.model_fields} | {"COURAGE_CONFIG", "COURAGE_DATA"}
    known |= {"COURAGE_ENGINE_URL", "COURAGE_ENGINE_SOCKET", *file_variables(Settings)}
    strange = sorted(name for name in os.environ if name.startswith("COURAGE_") and name not in known)
    if strange:
        raise SettingsError(
            f"unknown setting {strange[0]} in the environment; `courage settings` lists them all"
        )
    try:
        _check_private(config_file())
        settings = Settings(**given)
        # What admins chose on the page that connects chat systems, beside what the operator says.
        chosen = values_beside(
            ChosenSettings(settings.home).read(), find_gateways(), settings.model_fields_set
        )
        found = Settings(**{**chosen, **given}) if chosen else settings
        mail_settings(found)
        return found
    except ValidationError as error:
        first = error.errors(include_input=False)[0]  # a secret must not show
        name, path = str(first["loc"][0]), ".".join(str(part) for part in first["loc"])
        said = f"setting {path}: {first['msg'].removeprefix('Value error, ').lower()}"
        # Where the value is none of a list, pydantic names the list.
        if first["type"] != "literal_error" and name in Settings.model_fields and (choices := allowed(name)):
            said += f"; allowed: {choices}"
        raise SettingsError(f"{said}; `courage settings` lists what is allowed") from None
    except (ValueError, OSError) as error:
        raise SettingsError(f"settings could not be read: {str(error).splitlines()[0]}") from None


@cache
def _schema() -> dict[str, Any]:
    """Return the settings' JSON schema, made once: it takes a hundred times as long as anything that is asked of it."""
    return Settings.model_json_schema()


def mail_settings(settings: CoreSettings) -> MailSettings | None:
    """Return what is known of the mail server, or ``None`` where there is none.

    :raises SettingsError: if it cannot be right.
    """
    if not settings.mail_host:
        return None
    try:
        return MailSettings(
            settings.mail_host, settings.mail_from, settings.mail_port, settings.mail_tls, settings.mail_user,
            settings.mail_password.get_secret_value(),
        )  # fmt: skip
    except CourageError as error:
        raise SettingsError(str(error)) from None


def allowed(name: str) -> str:
    """Return in words which values a setting may have; empty where any text will do."""
    found = _schema()["properties"][name]
    if "allowed" in found:
        return str(found["allowed"])
    if "enum" in found:
        return ", ".join(found["enum"])
    kind = found.get("type")
    if kind == "integer":
        least, most = found.get("minimum"), found.get("maximum")
        if least is None and most is None:
            return "a whole number"
        if most is None:
            return f"a whole number, {least} or more"
        return (
            f"a whole number from {least} to {most}"
            if least is not None
            else f"a whole number, {most} or less"
        )
    return {"boolean": "true or false", "array": "a list of texts in JSON"}.get(str(kind), "")


def _check_private(path: Path) -> None:
    """Refuse a settings file that others can read once it holds a secret."""
    if not path.exists():
        return
    words = ("password", "token", "secret", "_key", "redis_url")
    secret = any(word in path.read_text(errors="replace") for word in words)
    if secret and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingsError(f"{path} holds secrets and others can read it; run: chmod 600 {path}")


def _with_secrets(settings: Settings) -> Settings:
    """Fill in the secrets that nobody gave from ``secrets.json`` (mode 600), made at the first start."""
    missing = [n for n in ("internal_secret", "pseudonym_key") if not getattr(settings, n).get_secret_value()]
    if not missing:
        return settings
    path = settings.home / "secrets.json"
    kept: dict[str, str] = {}
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        if path.exists():
            kept = json.loads(path.read_text())
        if any(name not in kept for name in missing):
            kept.update({name: secrets.token_urlsafe(32) for name in missing if name not in kept})
            write_private(path, json.dumps(kept))
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingsError(f"{path} can be read by others; run: chmod 600 {path}")
    except OSError as error:
        raise SettingsError(f"{error.filename} cannot be used: {error.strerror}") from None
    except ValueError:
        raise SettingsError(
            f"{path} is not valid JSON; restore it or delete it (authors get new pseudonyms)"
        ) from None
    return settings.model_copy(update={name: SecretStr(kept[name]) for name in missing})
