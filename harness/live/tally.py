"""What the journals of a run say so far: orders, strikes, latencies, phases. One look at each row, never two.

Counts are those of the verdict, as far as they can be known: an order counts once, latencies count as thresholds do.
"""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import msgspec

from harness.core.tail import Tail
from harness.invariants.slo import PERCENTILES, TIMED
from harness.live.quantiles import Quantiles

EXCHANGES = frozenset({"create", "query", "close", "refund", "submit", "balance"})
"""What the platform asks of its upstreams."""


class _Row(msgspec.Struct):
    """The few columns that matter here."""

    vantage: str
    kind: str
    time_ns: int = 0
    intent: int | None = None
    order_no: str = ""
    ref: str = ""
    sku: str = ""
    outcome: str = ""
    state: str = ""
    took_us: int = 0
    strikes: list[str] = []
    detail: msgspec.Raw = msgspec.Raw(b"{}")


class _Detail(msgspec.Struct):
    """The few details that matter here."""

    late_us: int = 0
    units: int | str = 1
    """Text where it is a part of one, since nothing in a journal is a float."""


class Order:
    """How far one intent has come."""

    __slots__ = ("delivered", "ordered", "own", "paid", "paid_ns", "placed_ns", "refused", "units")

    def __init__(self) -> None:
        self.placed_ns = 0
        self.refused = False
        self.paid = 0
        self.paid_ns = 0
        self.ordered = 1
        self.units = 0.0
        self.own = False
        self.delivered = False

    @property
    def has_goods(self) -> bool:
        """Say whether all that was ordered was handed out."""
        return self.delivered or self.units >= self.ordered

    @property
    def is_open(self) -> bool:
        """Say whether money is owed, or goods."""
        return self.paid > (1 if self.has_goods else 0)


class Tally:
    """The run so far; `update` reads what the journals have gained."""

    def __init__(self, journals: Path, own_stock: tuple[str, ...] = ()) -> None:
        self._tail = Tail(lambda: sorted(journals.glob("*.ndjson")))
        self._decode = msgspec.json.Decoder(_Row).decode
        self._detail = msgspec.json.Decoder(_Detail).decode
        self._own_stock = own_stock
        self.orders: defaultdict[int, Order] = defaultdict(Order)
        self.begun = 0
        self.counts: Counter[str] = Counter()
        self.strikes: defaultdict[str, set[int | str]] = defaultdict(set)
        self.times: defaultdict[str, Quantiles] = defaultdict(Quantiles)
        self.lateness = Quantiles()
        self.phases: dict[str, int] = {}
        self.aborted = ""
        self.unreadable = 0
        """Lines that are no rows of ours."""

    @property
    def phase(self) -> str:
        """The phase that began last, empty before the first."""
        return max(self.phases, key=lambda name: self.phases[name], default="")

    def update(self) -> None:
        """Read what the journals have gained.

        Raises:
            OSError: a journal cannot be read.
        """
        for line in self._tail.lines():
            try:
                self._take(self._decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError):
                self.unreadable += 1

    def totals(self) -> dict[str, int]:
        """Return how many orders have come how far; `open` are paid ones with neither goods nor their money back."""
        found = {"begun": self.begun, "placed": 0, "paid": 0, "delivered": 0, "open": 0}
        for order in self.orders.values():
            found["placed"] += order.placed_ns > 0
            found["paid"] += order.paid_ns > 0
            found["delivered"] += order.paid_ns > 0 and order.has_goods
            found["open"] += order.is_open
        return {**found, "refunded": self.counts["refunded"]}

    def latency_ms(self) -> dict[str, float | None]:
        """Return real ms by metric, such as `place_p95`."""
        found: dict[str, float | None] = {}
        for timed in TIMED:
            for name in PERCENTILES:
                us = self.times[timed].at(int(name[1:]) / 100)
                found[f"{timed}_{name}"] = None if us is None else us / 1_000
        return found

    def _take(self, row: _Row) -> None:
        if row.strikes:
            key = row.order_no or row.ref if row.intent is None else row.intent
            for strike in row.strikes:
                self.strikes[strike].add(key)
        if row.vantage == "nemesis":
            self._of_nemesis(row)
        elif row.vantage == "customer":
            self._of_customer(row)
        elif row.vantage in {"gateway", "operator"}:
            self._of_upstream(row)

    def _of_nemesis(self, row: _Row) -> None:
        if row.kind == "phase":
            self.phases[row.state] = row.time_ns
        elif row.kind == "abort":
            self.aborted = row.ref

    def _of_customer(self, row: _Row) -> None:
        if row.intent is None:
            return
        order = self.orders[row.intent]
        if row.kind == "intent":
            detail = self._detail(row.detail)
            self.begun += 1
            self.lateness.add(detail.late_us)
            order.ordered = max(int(detail.units), 1)
            order.own = row.sku in self._own_stock
        elif row.kind == "place":
            order.refused = row.outcome != "ok" and not order.placed_ns
            order.placed_ns = order.placed_ns or (row.time_ns if row.outcome == "ok" else 0)
        if row.kind in TIMED and row.outcome != "fail":
            self.times[row.kind].add(row.took_us)
        elif row.kind == "done" and (row.outcome, row.state) == ("ok", "delivered"):
            self.times["delivered"].add(row.took_us)
            # Of cards from the platform's own stock no ledger tells when they are handed out.
            order.delivered = order.delivered or order.own

    def _of_upstream(self, row: _Row) -> None:
        if row.kind in EXCHANGES and row.outcome in {"fail", "unknown"}:
            self.counts["upstream_errors"] += 1
        if row.intent is None or row.kind not in {"captured", "refunded", "delivered"}:
            return
        order = self.orders[row.intent]
        if row.kind == "captured":
            order.paid += 1
            order.paid_ns = row.time_ns
        elif row.kind == "refunded":
            order.paid -= 1
            self.counts["refunded"] += 1
        else:
            order.units += float(self._detail(row.detail).units)


def share_bounds(
    tally: Tally, now_ns: int, promise_ns: int
) -> dict[str, tuple[float | None, float | None]]:
    """Return the least and the most that each share can still be, order by order as far as the promise goes.

    An order that is younger than `promise_ns` since it got to the last stage is on its way: it counts as bad in the
    first figure and as good in the second.
    """
    tried = bad = placed = paid = unpaid_late = delivered = undelivered_late = 0
    for order in tally.orders.values():
        tried += order.placed_ns > 0 or order.refused
        bad += order.refused
        if order.placed_ns:
            placed += 1
            paid += order.paid_ns > 0
            unpaid_late += not order.paid_ns and now_ns - order.placed_ns > promise_ns
        if order.paid_ns:
            delivered += order.has_goods
            undelivered_late += not order.has_goods and now_ns - order.paid_ns > promise_ns
    all_paid = sum(order.paid_ns > 0 for order in tally.orders.values())
    return {
        "placed_share": (_part(tried - bad, tried), _part(tried - bad, tried)),
        "paid_share": (_part(paid, placed), _part(placed - unpaid_late, placed)),
        "delivered_share": (
            _part(delivered, all_paid),
            _part(all_paid - undelivered_late, all_paid),
        ),
    }


def _part(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def as_json(tally: Tally) -> dict[str, Any]:
    """Return the tally as the page and the metrics read it."""
    return {
        "phase": tally.phase,
        "phases": tally.phases,
        "orders": tally.totals(),
        "upstream_errors": tally.counts["upstream_errors"],
        "strikes": {name: len(keys) for name, keys in tally.strikes.items()},
        "latency_ms": tally.latency_ms(),
        "shares": _shares(tally.totals()),
        "lateness_ms": {
            "p50": _ms(tally.lateness.at(0.5)),
            "p99": _ms(tally.lateness.at(0.99)),
        },
        "aborted": tally.aborted,
        "unreadable": tally.unreadable,
    }


def _shares(totals: dict[str, int]) -> dict[str, float | None]:
    """Return the shares as they stand, with every order on its way counted as one that has not arrived."""
    steps = (("placed", "begun"), ("paid", "placed"), ("delivered", "paid"))
    return {f"{part}_share": _part(totals[part], totals[whole]) for part, whole in steps}


def _ms(us: float | None) -> float | None:
    return None if us is None else round(us / 1_000, 3)
