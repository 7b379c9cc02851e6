"""The Telegram gateway: its settings, and how it is made."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from courage.gateways.registry import Gateway, GatewayContext, GatewayType, Texts


class TelegramOptions(BaseModel):
    """What an operator can choose."""

    telegram_token: SecretStr = Field(
        SecretStr(""), description="token of the Telegram bot; empty: no Telegram gateway"
    )
    telegram_desk_room: str = Field(
        "", description="chat id of the desk room where volunteers work; /TOPIC after it names a topic in it"
    )
    telegram_desk_rooms: Texts = Field(
        default_factory=list,
        description="further desk rooms, each written as a language, the short name of an organisation, or both, and a "
        'chat id: "de -1001234567890", "berlin -1001234567890/12"; other cases of the first organisation go to '
        "COURAGE_TELEGRAM_DESK_ROOM",
    )
    telegram_organisations: Texts = Field(
        default_factory=list,
        description="groups of other organisations than the first, each written as the organisation's short name and a "
        'chat id: "berlin -1001234567890"',
    )
    telegram_moderators: Texts = Field(
        default_factory=list, description="Telegram user ids who may add the bot to groups"
    )
    telegram_rooms: Texts = Field(
        default_factory=list, description="chat ids of groups that are read whoever added the bot to them"
    )
    telegram_admit_volunteers: bool = Field(
        False, description="whether people in the desk room who are not known yet become volunteers"
    )
    telegram_webhook: bool = Field(
        False,
        description="whether Telegram sends what happens to COURAGE_PUBLIC_URL, /hooks/telegram below it, instead of being asked",
    )
    telegram_api: str = Field(
        "https://api.telegram.org",
        description="address of the Bot API, for those who run their own server of it",
    )


def make(options: TelegramOptions, context: GatewayContext) -> Gateway:
    """Return the gateway.

    :raises CourageError: if the token, an id or an address cannot be right, or aiogram is not installed.
    """
    # Here, not above: the settings are read by every command, the Telegram library is needed by the engine alone.
    from courage.errors import CourageError
    from courage.gateways.telegram.settings import TelegramSettings
    from courage.i18n.catalogue import default_voice

    try:
        from courage.gateways.telegram.gateway import TelegramGateway
    except ModuleNotFoundError as error:
        raise CourageError(f"the Telegram gateway needs {error.name}: install courage[telegram]") from None
    settings = TelegramSettings(
        token=options.telegram_token.get_secret_value(),
        desk_room=options.telegram_desk_room,
        desk_rooms=tuple(options.telegram_desk_rooms),
        organisations=tuple(options.telegram_organisations),
        moderators=tuple(options.telegram_moderators),
        rooms=tuple(options.telegram_rooms),
        admit_volunteers=options.telegram_admit_volunteers,
        api=options.telegram_api,
        webhook=f"{context.address}/hooks/{GATEWAY.name}" if options.telegram_webhook else "",
        organisation_id=context.organisation_id,
    )
    return TelegramGateway(
        settings,
        intake=context.intake,
        people=context.people,
        rooms=context.rooms,
        assistant=context.assistant,
        positions=lambda account: context.positions(GATEWAY.name, account),
        bus=context.bus,
        voice=default_voice(context.language),
    )


GATEWAY = GatewayType(
    "telegram",
    make,
    TelegramOptions,
    needs=("telegram_token",),
    asked=("telegram_token", "telegram_moderators"),
)
