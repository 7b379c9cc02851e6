"""The Slack gateway: its settings, and how it is made."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from courage.gateways.registry import Gateway, GatewayContext, GatewayType, Texts


class SlackOptions(BaseModel):
    """What an operator can choose."""

    slack_bot_token: SecretStr = Field(
        SecretStr(""), description="bot token of the Slack app (xoxb-); empty: no Slack gateway"
    )
    slack_app_token: SecretStr = Field(
        SecretStr(""), description="app-level token of the Slack app (xapp-) with the scope connections:write"
    )
    slack_desk_channel: str = Field(
        "", description="id of the desk room: the private channel where volunteers work"
    )
    slack_desk_channels: Texts = Field(
        default_factory=list,
        description="further desk rooms, each written as a language, the short name of an organisation, or both, and a "
        'channel id: "de C0123ABCD", "berlin C0123ABCD"; other cases of the first organisation go to '
        "COURAGE_SLACK_DESK_CHANNEL",
    )
    slack_organisations: Texts = Field(
        default_factory=list,
        description="channels of other organisations than the first, each written as the organisation's short name and "
        'a channel id: "berlin C0123ABCD"',
    )
    slack_channels: Texts = Field(
        default_factory=list,
        description="ids of the only channels that are read; empty: all that the bot was invited to",
    )
    slack_admit_volunteers: bool = Field(
        False, description="whether people in the desk channels who are not known yet become volunteers"
    )
    slack_api: str = Field(
        "https://slack.com/api/",
        description="address of the Slack Web API, for those whose workspace is elsewhere (https://slack-gov.com/api/)",
    )


def make(options: SlackOptions, context: GatewayContext) -> Gateway:
    """Return the gateway.

    :raises CourageError: if a token, an id or an address cannot be right, or slack-bolt is not installed.
    """
    # Here, not above: the settings are read by every command, the Slack library is needed by the engine alone.
    from courage.errors import CourageError
    from courage.gateways.slack.settings import SlackSettings
    from courage.i18n.catalogue import default_voice

    try:
        from courage.gateways.slack.gateway import SlackGateway
    except ModuleNotFoundError as error:
        raise CourageError(f"the Slack gateway needs {error.name}: install courage[slack]") from None
    settings = SlackSettings(
        bot_token=options.slack_bot_token.get_secret_value(),
        app_token=options.slack_app_token.get_secret_value(),
        desk_channel=options.slack_desk_channel,
        desk_channels=tuple(options.slack_desk_channels),
        organisations=tuple(options.slack_organisations),
        channels=tuple(options.slack_channels),
        admit_volunteers=options.slack_admit_volunteers,
        api=options.slack_api,
        organisation_id=context.organisation_id,
    )
    return SlackGateway(
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
    "slack", make, SlackOptions, needs=("slack_bot_token",), asked=("slack_bot_token", "slack_app_token")
)
