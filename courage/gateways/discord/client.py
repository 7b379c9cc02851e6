"""discord.py, told what to listen to; every event goes to whoever deals with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Protocol

import aiohttp
import discord

from courage.cases.errors import ChannelError, ChannelRefused

# At level debug discord.py logs whole answers, texts of people included.
logging.getLogger("discord").setLevel(logging.INFO)
#: How long discord.py may wait by itself when Discord asks to slow down, in seconds; beyond that the outbox waits.
_LONGEST_WAIT = 30.0


class Events(Protocol):
    """What happens at Discord."""

    async def ready(self, *, again: bool) -> None:
        """Be connected; ``again`` says that nothing was missed meanwhile."""

    def lost(self) -> None:
        """Have lost the connection."""

    def written(self, message: discord.Message) -> None:
        """Get a message."""

    def edited(self, message: discord.Message) -> None:
        """Get a message whose text or preview changed."""

    def removed(self, channel_id: int, message_ids: list[int]) -> None:
        """Hear that messages were removed."""

    def pressed(self, interaction: discord.Interaction) -> Awaitable[None]:
        """Get the press of a button or a form."""


class Client(discord.Client):
    """Connects, reconnects and hands events over in their order."""

    def __init__(self, events: Events) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = intents.message_content = True
        super().__init__(
            intents=intents,
            # Nothing of what people write stays in memory, and nobody is ever pinged.
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=_LONGEST_WAIT,
            guild_ready_timeout=1.0,
        )
        self._events = events

    async def on_ready(self) -> None:
        await self._events.ready(again=False)

    async def on_resumed(self) -> None:
        await self._events.ready(again=True)

    async def on_disconnect(self) -> None:
        self._events.lost()

    async def on_message(self, message: discord.Message) -> None:
        self._events.written(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        self._events.edited(payload.message)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        self._events.removed(payload.channel_id, [payload.message_id])

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        self._events.removed(payload.channel_id, sorted(payload.message_ids))

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        await self._events.pressed(interaction)

    async def reachable(self, seconds: float) -> bool:
        """Return whether Discord answers within some seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self.http.request(discord.http.Route("GET", "/gateway"))
        except (TimeoutError, discord.DiscordException, aiohttp.ClientError, OSError):
            return False
        return True


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn discord.py's errors into ours.

    :raises ChannelError: when another try may help.
    :raises ChannelRefused: when it will not.
    """
    try:
        yield
    except discord.RateLimited as error:
        raise ChannelError(
            f"Discord asks to slow down while {doing}", retry_after=error.retry_after
        ) from None
    except (discord.Forbidden, discord.NotFound) as error:
        raise ChannelRefused(f"Discord refused {doing}: {error.text} ({error.code})") from None
    except discord.DiscordServerError:
        raise ChannelError(f"Discord is in trouble while {doing}") from None
    except discord.HTTPException as error:
        if error.status == 429:
            raise ChannelError(f"Discord asks to slow down while {doing}", retry_after=5.0) from None
        raise ChannelRefused(f"Discord refused {doing}: {error.text} ({error.code})") from None
    except (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ChannelError(f"Discord cannot be reached while {doing} ({type(error).__name__})") from None
