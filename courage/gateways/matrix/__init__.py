"""The Matrix gateway: its settings, and how it is made."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from courage.gateways.registry import Gateway, GatewayContext, GatewayType, Texts


class MatrixOptions(BaseModel):
    """What an operator can choose."""

    matrix_homeserver: str = Field(
        "", description="address of the Matrix homeserver; empty: no Matrix gateway"
    )
    matrix_user: str = Field("", description="full Matrix id of the assistant's account")
    matrix_password: SecretStr = Field(SecretStr(""), description="its password (or give the access token)")
    matrix_access_token: SecretStr = Field(
        SecretStr(""), description="its access token (or give the password)"
    )
    matrix_device: str = Field("COURAGE", description="device id of the assistant's account")
    matrix_moderators: Texts = Field(
        default_factory=list, description="Matrix ids whose invitations the assistant accepts"
    )
    matrix_desk_room: str = Field("", description="room id of the desk room where volunteers work")
    matrix_desk_rooms: Texts = Field(
        default_factory=list,
        description="further desk rooms, each written as a language, the short name of an organisation, or both, and a "
        'room id: "de !abc:example.org", "berlin !abc:example.org"; other cases of the first organisation go to '
        "COURAGE_MATRIX_DESK_ROOM",
    )
    matrix_organisations: Texts = Field(
        default_factory=list,
        description="group rooms of other organisations than the first, each written as the organisation's short name "
        'and a room id: "berlin !abc:example.org"',
    )
    matrix_admit_volunteers: bool = Field(
        False, description="whether members of the desk room who are not known yet become volunteers"
    )
    matrix_bots: Texts = Field(
        default_factory=list, description="Matrix ids of other bots, whose messages are ignored"
    )
    matrix_trust: Literal["signed", "members", "listed"] = Field(
        "signed",
        description="which devices may read encrypted rooms and command there: those their owners confirmed by "
        "cross-signing (all, of accounts that do not use it); all of the room's members; those in "
        "COURAGE_MATRIX_TRUSTED_DEVICES",
    )
    matrix_trusted_devices: Texts = Field(
        default_factory=list,
        description="fingerprints (Ed25519) of devices, for COURAGE_MATRIX_TRUST=listed",
    )


def make(options: MatrixOptions, context: GatewayContext) -> Gateway:
    """Return the gateway.

    :raises CourageError: if an address or id cannot be right, or there is neither password nor token.
    """
    # Here, not above: the settings are read by every command, the Matrix library is needed by the engine alone.
    from courage.gateways.matrix.gateway import MatrixGateway
    from courage.gateways.matrix.settings import MatrixSettings
    from courage.i18n.catalogue import default_voice

    settings = MatrixSettings(
        homeserver=options.matrix_homeserver,
        user_id=options.matrix_user,
        password=options.matrix_password.get_secret_value() or None,
        access_token=options.matrix_access_token.get_secret_value() or None,
        device_id=options.matrix_device,
        moderators=tuple(options.matrix_moderators),
        desk_room=options.matrix_desk_room,
        admit_volunteers=options.matrix_admit_volunteers,
        bots=tuple(options.matrix_bots),
        organisation_id=context.organisation_id,
        keys=str(context.home / "matrix-keys"),
        trust=options.matrix_trust,
        desk_rooms=tuple(options.matrix_desk_rooms),
        organisations=tuple(options.matrix_organisations),
        trusted_devices=tuple(options.matrix_trusted_devices),
    )
    return MatrixGateway(
        settings,
        intake=context.intake,
        people=context.people,
        rooms=context.rooms,
        assistant=context.assistant,
        positions=context.positions(GATEWAY.name, settings.user_id),
        bus=context.bus,
        voice=default_voice(context.language),
    )


GATEWAY = GatewayType(
    "matrix",
    make,
    MatrixOptions,
    needs=("matrix_homeserver",),
    asked=("matrix_homeserver", "matrix_user", "matrix_password", "matrix_moderators"),
)
