"""Beijing time, in the forms that the wires of this field write."""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

BEIJING = timezone(timedelta(hours=8))


@lru_cache(maxsize=4096)
def _at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC).astimezone(BEIJING)


@lru_cache(maxsize=64)
def _digits(second: int) -> str:
    return _at(second).strftime("%Y%m%d%H%M%S")


def digits(time_ns: int) -> str:
    """Write a wall time as `20250101101112`."""
    return _digits(time_ns // 1_000_000_000)


def text(time_ns: int) -> str:
    """Write a wall time as `2025-01-01 10:11:12`, or nothing for 0."""
    return _at(time_ns // 1_000_000_000).strftime("%Y-%m-%d %H:%M:%S") if time_ns else ""
