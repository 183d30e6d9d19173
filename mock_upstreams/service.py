"""How an operator works: how long goods take, how much it can do at a time, when it is open, how often it may be asked.

    submit ──▶ open at this hour? ──▶ asked too often? ──▶ room in the queue? ──▶ worker ──▶ goods
                    │ MAINTENANCE          │ RATE_LIMITED      │ RATE_LIMITED

All spans are upstream time, so that a peak of customers, and nothing else, makes an operator slow.
"""

import re
from collections import deque
from collections.abc import Callable

import msgspec

from harness.core.units import duration_ms, rate_per_s, window_ms
from mock_upstreams.records import Reason

_DAY_MS = 86_400_000.0
_BEIJING_MS = 8 * 3_600_000.0
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_LIMIT = re.compile(r"(\d+)\s*/\s*(\d\S*|ms|s|m|h)")
Act = Callable[[], object]


class Capacity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much an operator does at a time: `workers` orders at once, or one after another at `rate` (`40/s`).

    At most `queue` orders wait for their turn; who comes then is refused as asking too often. Without workers and rate
    there is no limit.
    """

    workers: int = 0
    rate: str = ""
    queue: int = 1_000

    def __post_init__(self) -> None:
        if self.workers < 0 or self.queue < 0:
            raise ValueError("a capacity with workers and queue of 0 or more")
        if self.rate and (self.workers or rate_per_s(self.rate) <= 0):
            raise ValueError("a capacity with either workers or a rate above 0, not both")


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an operator works, in upstream time; the time from a worker's start to the goods is lognormal."""

    median_ms: float = 3_000.0
    p95_ms: float = 10_000.0
    fails: float = 0.0
    """The share of orders that fail after their service time."""
    partly: float = 0.0
    """The share of orders of several units of which only some are handed out, and the rest is paid back."""
    cancels: float = 0.0
    """The share of applications to cancel that lead to it; of the others the order goes on, though they were taken."""
    cards_after_ms: float = 0.0
    """How much later than the success the cards of an order can be read."""
    notices_after_ms: float = 60_000.0
    """When an operator whose effect was dropped finds out, fails the order and gives the money back."""
    claims_after_ms: float = 600_000.0
    """How long a complaint about an order (售后) waits to be looked at, and as long again to be settled."""
    capacity: Capacity = Capacity()
    rate_limit: str = ""
    """How many submits are heard within a span of upstream time, such as `20/6s`; the others are refused."""
    closed: tuple[str, ...] = ()
    """When submits are refused: `02:00-06:00` of the run clock, or `10s..18s` of real time since the first arrival."""
    clock_starts: str = "20:00"
    """What the run clock, which goes `time_scale` times as fast as ours, shows in Beijing at the first arrival; empty
    for what the clock on the wall says."""

    def __post_init__(self) -> None:
        if not 0 < self.median_ms < self.p95_ms:
            raise ValueError("a service time whose p95_ms is greater than its median_ms, above 0")
        if not all(0 <= share <= 1 for share in (self.fails, self.partly, self.cancels)):
            raise ValueError(
                "shares of failures, of partial and of cancelled orders between 0 and 1"
            )
        if self.cards_after_ms < 0:
            raise ValueError("cards_after_ms of 0 or more")
        if self.claims_after_ms < 0:
            raise ValueError("claims_after_ms of 0 or more")
        limit_of(self.rate_limit)
        for text in self.closed:
            Hours.read(text)
        if self.clock_starts:
            minute_ms(self.clock_starts)


def minute_ms(text: str) -> float:
    """Read `02:30` as ms since midnight.

    Raises:
        ValueError: it is no time of day.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"a time of day such as 02:30, not {text!r}")
    return (int(match[1]) * 60 + int(match[2])) * 60_000.0 if match[1] else _DAY_MS


def limit_of(text: str) -> tuple[int, float] | None:
    """Read `20/6s` as how many within how many ms; None without a limit.

    Raises:
        ValueError: it is no limit.
    """
    if not text:
        return None
    match = _LIMIT.fullmatch(text.strip())
    if match is None or int(match[1]) < 1:
        raise ValueError(f"a limit such as 20/6s, not {text!r}")
    span = match[2] if match[2][0].isdigit() else f"1{match[2]}"
    return int(match[1]), duration_ms(span)


class Limit:
    """How many calls are heard within a span of upstream time."""

    def __init__(self, text: str, time_scale: float) -> None:
        """Read `20/6s`.

        Raises:
            ValueError: it is no limit.
        """
        limit = limit_of(text)
        if limit is None:
            raise ValueError("a limit such as 20/6s, not nothing")
        self._most, self._span_ms = limit
        self._time_scale = time_scale
        self._heard_ms: deque[float] = deque()

    def exceeded(self, at_ns: int) -> bool:
        """Say whether a call at this wall time is one too many; each that is not counts."""
        at_ms = at_ns / 1e6 * self._time_scale
        while self._heard_ms and self._heard_ms[0] <= at_ms - self._span_ms:
            self._heard_ms.popleft()
        if len(self._heard_ms) >= self._most:
            return True
        self._heard_ms.append(at_ms)
        return False


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """One span in which an operator is closed, of the day (it may pass midnight) or of the run; ms."""

    of_day: bool
    from_ms: float
    to_ms: float

    @classmethod
    def read(cls, text: str) -> "Hours":
        """Read `02:00-06:00` or `10s..18s`.

        Raises:
            ValueError: it is neither.
        """
        if ".." in text:
            start_ms, end_ms = window_ms(text)
            return cls(of_day=False, from_ms=start_ms, to_ms=end_ms)
        start, dash, end = text.partition("-")
        if not dash or start == end:
            raise ValueError(
                f"hours such as 02:00-06:00, or a window such as 10s..18s, not {text!r}"
            )
        return cls(of_day=True, from_ms=minute_ms(start), to_ms=minute_ms(end))

    def hold(self, day_ms: float, run_ms: float) -> bool:
        """Say whether it is closed now: at this time of the day, at this time of the run."""
        if not self.of_day:
            return self.from_ms <= run_ms < self.to_ms
        if self.from_ms < self.to_ms:
            return self.from_ms <= day_ms < self.to_ms
        return day_ms >= self.from_ms or day_ms < self.to_ms


class Workshop:
    """What one operator can do now.

    `later` does something after a span of upstream ms; `elapsed_ms` is upstream time since the first arrival was due.
    """

    def __init__(
        self,
        service: Service,
        later: Callable[[float, Act], object],
        elapsed_ms: Callable[[], float],
        time_scale: float,
    ) -> None:
        self._later = later
        self._elapsed_ms = elapsed_ms
        self._time_scale = time_scale
        self._closed = [Hours.read(text) for text in service.closed]
        self._starts_ms = minute_ms(service.clock_starts) if service.clock_starts else None
        self._limit = Limit(service.rate_limit, time_scale) if service.rate_limit else None
        rate = service.capacity.rate
        self._gap_ms = 1_000.0 / rate_per_s(rate) if rate else 0.0
        self._workers = 1 if rate else service.capacity.workers
        self._queue = service.capacity.queue
        self._busy = 0
        self._waiting: deque[tuple[float, Act]] = deque()

    def refuses(self, at_ns: int) -> Reason | None:
        """Say why a submit is refused at this wall time, None if it is heard; each one heard counts for the limit."""
        if self._closed and self._is_closed(at_ns):
            return Reason.MAINTENANCE
        if self._limit is not None and self._limit.exceeded(at_ns):
            return Reason.RATE_LIMITED
        return None

    def full(self) -> bool:
        """Say whether nobody more may wait."""
        return 0 < self._workers <= self._busy and len(self._waiting) >= self._queue

    def take(self, service_ms: float, done: Act) -> None:
        """Work on one order, at once or when its turn comes; `done` is called at its end."""
        if not self._workers:
            self._later(service_ms, done)
        elif self._busy < self._workers:
            self._work(service_ms, done)
        else:
            self._waiting.append((service_ms, done))

    def _work(self, service_ms: float, done: Act) -> None:
        self._busy += 1
        if self._gap_ms:
            self._later(service_ms, done)
        self._later(self._gap_ms or service_ms, lambda: self._free(None if self._gap_ms else done))

    def _free(self, done: Act | None) -> None:
        self._busy -= 1
        if self._waiting:
            self._work(*self._waiting.popleft())
        if done is not None:
            done()

    def _is_closed(self, at_ns: int) -> bool:
        elapsed_ms = self._elapsed_ms()
        if self._starts_ms is None:
            day_ms = (at_ns / 1e6 + _BEIJING_MS) % _DAY_MS
        else:
            day_ms = (self._starts_ms + elapsed_ms) % _DAY_MS
        return any(hours.hold(day_ms, elapsed_ms / self._time_scale) for hours in self._closed)
