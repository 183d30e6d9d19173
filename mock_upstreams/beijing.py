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


def ns_of(written: str, form: str = "%Y-%m-%d %H:%M:%S") -> int:
    """Return the wall time that a text names, or 0 if it names none."""
    try:
        moment = datetime.strptime(written, form).replace(tzinfo=BEIJING)
    except ValueError:
        return 0
    return max(int(moment.timestamp()), 0) * 1_000_000_000


def next_midnight_ns(time_ns: int) -> int:
    """Return when the day of a wall time ends."""
    day = _at(time_ns // 1_000_000_000).replace(hour=0, minute=0, second=0)
    return int((day + timedelta(days=1)).timestamp()) * 1_000_000_000
