"""The Rocket.Chat gateway: its settings, and how it is made."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from courage.gateways.registry import Gateway, GatewayContext, GatewayType, Texts


class RocketChatOptions(BaseModel):
    """What an operator can choose."""

    rocketchat_url: str = Field(
        "", description="address of the Rocket.Chat server; empty: no Rocket.Chat gateway"
    )
    rocketchat_user_id: str = Field("", description="user id of the bot, shown with its access token")
    rocketchat_token: SecretStr = Field(
        SecretStr(""), description="personal access token of the bot; empty: no Rocket.Chat gateway"
    )
    rocketchat_desk_room: str = Field(
        "", description="id of the desk room: the private channel where volunteers work"
    )
    rocketchat_desk_rooms: Texts = Field(
        default_factory=list,
        description="further desk rooms, each written as a language, the short name of an organisation, or both, and "
        'an id: "de yqvXCiZmXMPbkjdAW", "berlin yqvXCiZmXMPbkjdAW"; other cases of the first organisation go to '
        "COURAGE_ROCKETCHAT_DESK_ROOM",
    )
    rocketchat_organisations: Texts = Field(
        default_factory=list,
        description="rooms of other organisations than the first, each written as the organisation's short name and "
        'an id: "berlin yqvXCiZmXMPbkjdAW"',
    )
    rocketchat_admit_volunteers: bool = Field(
        False, description="whether people in the desk room who are not known yet become volunteers"
    )


def make(options: RocketChatOptions, context: GatewayContext) -> Gateway:
    """Return the gateway.

    :raises CourageError: if an address or an id cannot be right.
    """
    # Here, not above: the settings are read by every command, what the gateway works with by the engine alone.
    from courage.gateways.rocketchat.gateway import RocketChatGateway
    from courage.gateways.rocketchat.settings import RocketChatSettings
    from courage.i18n.catalogue import default_voice

    settings = RocketChatSettings(
        url=options.rocketchat_url,
        user_id=options.rocketchat_user_id,
        token=options.rocketchat_token.get_secret_value(),
        desk_room=options.rocketchat_desk_room,
        desk_rooms=tuple(options.rocketchat_desk_rooms),
        organisations=tuple(options.rocketchat_organisations),
        admit_volunteers=options.rocketchat_admit_volunteers,
        organisation_id=context.organisation_id,
    )
    return RocketChatGateway(
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
    "rocketchat",
    make,
    RocketChatOptions,
    needs=("rocketchat_url", "rocketchat_user_id", "rocketchat_token"),
    asked=("rocketchat_url", "rocketchat_user_id", "rocketchat_token"),
)
