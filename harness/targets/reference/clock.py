"""The platform's two times: real milliseconds, and its own time, of which `time_scale` pass in one real unit."""

import time
import zlib
from datetime import UTC, datetime


def now_ms() -> int:
    """Return real wall time in milliseconds since 1970."""
    return int(datetime.now(UTC).timestamp() * 1000)


def tick_s() -> float:
    """Return seconds of a clock that never steps, for spans alone."""
    return time.monotonic()


def digits(form: str = "%y%m%d%H%M%S") -> str:
    """Return the date and time in digits, for numbers that sort by age."""
    return datetime.now(UTC).strftime(form)


class Pace:
    """Turns the platform's own seconds into real milliseconds, never below a floor, and spreads retries."""

    def __init__(self, time_scale: float, floor_ms: int) -> None:
        self._per_s = 1000.0 / time_scale
        self._floor_ms = floor_ms

    def real_ms(self, platform_s: float) -> int:
        """Return how many real milliseconds a span of platform time takes."""
        return max(self._floor_ms, int(platform_s * self._per_s))

    def after_ms(self, first_s: float, last_s: float, tries: int, key: str) -> int:
        """Return the real wait before try number `tries` + 1: growing by half, bounded, spread by key.

        The spread (80 to 120 %) keeps a thousand orders that failed in one instant from coming back in one.
        """
        grown_s = min(last_s, first_s * 1.5 ** min(tries, 40))
        spread = 0.8 + 0.4 * (zlib.crc32(key.encode()) & 0xFFFF) / 0xFFFF
        return self.real_ms(grown_s * spread)
