"""Where the cache keeps things: a Redis by URL, or the memory of this process. A shelf may lose anything."""

from collections import OrderedDict

from harness.targets.reference.clock import tick_s

MEMORY = "memory:"
_MOST = 10_000


class Shelf:
    """Bytes under names. What is not found, for whatever reason, is None, and nothing is ever raised."""

    async def get(self, key: str) -> bytes | None:
        """Return what was put there, or None."""
        raise NotImplementedError

    async def put(self, key: str, value: bytes, keep_ms: int) -> None:
        """Put something there, for a while."""
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of what it holds."""


class Memory(Shelf):
    """A bounded shelf in this process; the oldest thing makes room."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        """Return what was put there, unless its time is over."""
        until_s, value = self._kept.get(key, (0.0, b""))
        return value if tick_s() < until_s else None

    async def put(self, key: str, value: bytes, keep_ms: int) -> None:
        """Put something there."""
        self._kept.pop(key, None)
        self._kept[key] = tick_s() + keep_ms / 1000, value
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)


def open_shelf(url: str) -> Shelf | None:
    """Open the shelf of a URL; None if there is none."""
    if url == MEMORY:
        return Memory()
    if not url:
        return None
    # Who has no Redis need not have its client either (the extra `redis`).
    from harness.targets.reference.redis_shelf import RedisShelf  # noqa: PLC0415

    return RedisShelf(url)
