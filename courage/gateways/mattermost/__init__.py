"""The Mattermost gateway: its settings, and how it is made."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from courage.gateways.registry import Gateway, GatewayContext, GatewayType, Texts


class MattermostOptions(BaseModel):
    """What an operator can choose."""

    mattermost_url: str = Field(
        "", description="address of the Mattermost server; empty: no Mattermost gateway"
    )
    mattermost_token: SecretStr = Field(
        SecretStr(""), description="access token of the Mattermost bot; empty: no Mattermost gateway"
    )
    mattermost_desk_channel: str = Field(
        "", description="id of the desk room: the private channel where volunteers work"
    )
    mattermost_desk_channels: Texts = Field(
        default_factory=list,
        description="further desk rooms, each written as a language, the short name of an organisation, or both, and "
        'an id: "de 3nphi4taupfxuqjnqjpomb1qto", "berlin 3nphi4taupfxuqjnqjpomb1qto"; other cases of the first organisation go to '
        "COURAGE_MATTERMOST_DESK_CHANNEL",
    )
    mattermost_organisations: Texts = Field(
        default_factory=list,
        description="channels of other organisations than the first, each written as the organisation's short name and "
        'an id: "berlin 3nphi4taupfxuqjnqjpomb1qto"',
    )
    mattermost_admit_volunteers: bool = Field(
        False, description="whether people in the desk channel who are not known yet become volunteers"
    )


def make(options: MattermostOptions, context: GatewayContext) -> Gateway:
    """Return the gateway.

    :raises CourageError: if an address or an id cannot be right.
    """
    # Here, not above: the settings are read by every command, what the gateway works with by the engine alone.
    from courage.gateways.mattermost.gateway import MattermostGateway
    from courage.gateways.mattermost.settings import MattermostSettings
    from courage.i18n.catalogue import default_voice

    settings = MattermostSettings(
        url=options.mattermost_url,
        token=options.mattermost_token.get_secret_value(),
        desk_channel=options.mattermost_desk_channel,
        desk_channels=tuple(options.mattermost_desk_channels),
        organisations=tuple(options.mattermost_organisations),
        admit_volunteers=options.mattermost_admit_volunteers,
        organisation_id=context.organisation_id,
    )
    return MattermostGateway(
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
    "mattermost",
    make,
    MattermostOptions,
    needs=("mattermost_url", "mattermost_token"),
    asked=("mattermost_url", "mattermost_token"),
)
