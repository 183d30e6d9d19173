"""Time: the only file that reads the clock, so that nothing else can disagree about it.

Real time is what a process's clock says. Upstream time is what the people of the story live in: ladders,
service times and SLAs are written in it, and `time_scale` of it pass in one unit of real time.
"""

import time
from datetime import UTC, datetime


def now_ns() -> int:
    """Return wall time in nanoseconds since 1970, UTC; for journals."""
    return time.time_ns()


def tick_s() -> float:
    """Return a clock that never goes back, in seconds; for measuring and waiting."""
    return time.monotonic()


def real_s(upstream_ms: float, time_scale: float) -> float:
    """Return how many real seconds a span of upstream milliseconds takes."""
    return upstream_ms / 1_000.0 / time_scale


def stamp(time_ns: int) -> str:
    """Write a wall time as `20261122T211530Z`, fit for a file name."""
    return datetime.fromtimestamp(time_ns / 1e9, UTC).strftime("%Y%m%dT%H%M%SZ")
