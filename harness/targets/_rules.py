"""Published rules of when an order is late (时效规则): by goods, by way of payment, and by day of the calendar.

    - {goods: [hf100], days: ["2026-10-01..2026-10-07", sat, sun], within: 24h}
    - {gateways: [wechat_pay], within: 2h}

The first rule of the file that fits an order as it was placed says how long it may take; without one it is
`settle_within`.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec

from harness.core.plan import Ruled
from harness.core.units import duration_ms

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OFFSET = re.compile(r"([+-])([01]\d):([0-5]\d)")
_DAYS_AROUND = range(-1, 3)
"""Days around the one that a run begins on; none lasts longer."""


class SettleRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order of these goods, to be paid so, on one of these days, is delivered or refunded `within` this."""

    within: str
    goods: list[str] = []
    gateways: list[str] = []
    days: list[str] = []
    """Days of the week (`sat`), days (`2026-10-01`) and spans of them (`2026-10-01..2026-10-07`)."""

    def __post_init__(self) -> None:
        duration_ms(self.within)
        for text in self.days:
            _bounds(text)
        if not (self.goods or self.gateways or self.days):
            raise ValueError("goods, gateways or days; for all orders there is settle_within")

    def holds_on(self, day: date) -> bool:
        """Say whether the rule is in force on a day."""
        return not self.days or any(_falls(text, day) for text in self.days)

    def ruled(self, rank: int, offset: str, today: str, now_ns: int) -> Iterator[Ruled]:
        """Yield the rule as the laws read it: for good on the day that the platform was told, else day by day."""
        rule = Ruled(
            rank=rank,
            within_ms=duration_ms(self.within),
            goods=tuple(self.goods),
            gateways=tuple(self.gateways),
        )
        if today or not self.days:
            if not today or self.holds_on(date.fromisoformat(today)):
                yield rule
            return
        zone = zone_of(offset)
        here = datetime.fromtimestamp(now_ns // 10**9, UTC).astimezone(zone)
        midnight = here.replace(hour=0, minute=0, second=0)
        for away in _DAYS_AROUND:
            begins = midnight + timedelta(days=away)
            if self.holds_on(begins.date()):
                from_ns = int(begins.timestamp()) * 10**9
                yield msgspec.structs.replace(
                    rule, from_ns=from_ns, until_ns=from_ns + 86_400 * 10**9
                )


def zone_of(offset: str) -> timezone:
    """Return the zone of an offset such as +08:00.

    Raises:
        ValueError: it is none.
    """
    found = _OFFSET.fullmatch(offset)
    if found is None:
        raise ValueError(f"an offset such as +08:00, not {offset!r}")
    away = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-away if found[1] == "-" else away)


def day_at(time_ns: int, offset: str) -> str:
    """Return the day at a moment, such as 2026-11-23."""
    return (
        datetime.fromtimestamp(time_ns // 10**9, UTC).astimezone(zone_of(offset)).date().isoformat()
    )


def _bounds(text: str) -> tuple[date, date] | None:
    """Return the first and last day of a span; None for a day of the week."""
    if text in _WEEK:
        return None
    first, _, last = text.partition("..")
    try:
        bounds = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        told = "a day such as sat, 2026-10-01 or 2026-10-01..2026-10-07"
        raise ValueError(f"{told}, not {text!r}") from None
    if bounds[1] < bounds[0]:
        raise ValueError(f"{text!r} ends before it begins")
    return bounds


def _falls(text: str, day: date) -> bool:
    bounds = _bounds(text)
    return day.weekday() == _WEEK.index(text) if bounds is None else bounds[0] <= day <= bounds[1]
