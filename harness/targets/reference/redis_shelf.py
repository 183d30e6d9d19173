"""A shelf in a Redis, which may be slow, silent, gone or back with old things: then it is as good as empty."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from harness.targets.reference.clock import tick_s
from harness.targets.reference.shelf import Shelf

log = logging.getLogger("reference.redis_shelf")

_CONNECTIONS = 32
_PATIENCE_S = 0.05
"""A read of the database takes a few milliseconds: waiting longer than this for a cache helps nobody."""
_REST_S = 0.5
"""After a failure nobody asks for so long, so that a dead cache does not cost each customer our patience."""


class RedisShelf(Shelf):
    """A Redis that is asked once, within a short time: no retry, no queue, and a rest after each failure.

    A connection on which an answer is overdue is closed by the client, so that the answer is not taken for that to
    the next question.
    """

    def __init__(self, url: str) -> None:
        self._client = Redis.from_url(
            url,
            max_connections=_CONNECTIONS,
            socket_timeout=_PATIENCE_S,
            socket_connect_timeout=_PATIENCE_S,
            driver_info=None,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self._rests_until_s = 0.0

    async def get(self, key: str) -> bytes | None:
        """GET, or None if it is not to be had in time."""
        found = await self._ask("GET", key)
        return found if isinstance(found, bytes) else None

    async def put(self, key: str, value: bytes, keep_ms: int) -> None:
        """SET with its end, or not at all."""
        await self._ask("SET", key, value, "PX", keep_ms)

    async def close(self) -> None:
        """Close its connections."""
        await self._within_reason(self._client.aclose())

    async def _ask(self, *command: str | bytes | int) -> Any:
        if tick_s() < self._rests_until_s:
            return None
        client: Any = self._client
        return await self._within_reason(client.execute_command(*command))

    async def _within_reason(self, asked: Awaitable[Any]) -> Any:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await asked
        except (RedisError, OSError, TimeoutError) as error:
            self._rests_until_s = tick_s() + _REST_S
            log.warning("the cache is left alone for %s s: %r", _REST_S, error)
            return None
