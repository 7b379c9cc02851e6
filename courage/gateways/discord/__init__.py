"""The Discord gateway: its settings, and how it is made."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from courage.gateways.registry import Gateway, GatewayContext, GatewayType, Texts


class DiscordOptions(BaseModel):
    """What an operator can choose."""

    discord_token: SecretStr = Field(
        SecretStr(""), description="token of the Discord bot; empty: no Discord gateway"
    )
    discord_desk_channel: str = Field(
        "", description="id of the desk room: the private channel where volunteers work"
    )
    discord_desk_channels: Texts = Field(
        default_factory=list,
        description="further desk rooms, each written as a language, the short name of an organisation, or both, and the "
        'id of a channel: "de 900000000000000001", "berlin 900000000000000001"; other cases of the first organisation go '
        "to COURAGE_DISCORD_DESK_CHANNEL",
    )
    discord_organisations: Texts = Field(
        default_factory=list,
        description="servers (or channels) of other organisations than the first, each written as the organisation's "
        'short name and the id: "berlin 900000000000000002"',
    )
    discord_guilds: Texts = Field(
        default_factory=list,
        description="ids of the servers that are read; empty: the one that the desk channel is in",
    )
    discord_volunteer_role: str = Field(
        "",
        description="id of the role whose members become volunteers in the desk channel; empty: nobody does",
    )


def make(options: DiscordOptions, context: GatewayContext) -> Gateway:
    """Return the gateway.

    :raises CourageError: if an id cannot be right, or discord.py is not installed.
    """
    # Here, not above: the settings are read by every command, the Discord library is needed by the engine alone.
    from courage.errors import CourageError
    from courage.gateways.discord.settings import DiscordSettings
    from courage.i18n.catalogue import default_voice

    try:
        from courage.gateways.discord.gateway import DiscordGateway
    except ModuleNotFoundError as error:
        raise CourageError(f"the Discord gateway needs {error.name}: install courage[discord]") from None
    settings = DiscordSettings(
        token=options.discord_token.get_secret_value(),
        desk_channel=options.discord_desk_channel,
        desk_channels=tuple(options.discord_desk_channels),
        organisations=tuple(options.discord_organisations),
        guilds=tuple(options.discord_guilds),
        volunteer_role=options.discord_volunteer_role,
        organisation_id=context.organisation_id,
    )
    return DiscordGateway(
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
    "discord", make, DiscordOptions, needs=("discord_token",), asked=("discord_token", "discord_desk_channel")
)
