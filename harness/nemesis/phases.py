"""Follows the upstreams' journals as they grow, to know how many orders have come how far."""

from collections import defaultdict
from pathlib import Path

import msgspec

from harness.core.tail import Tail
from harness.faults._host import Phase


class _Row(msgspec.Struct):
    """The few columns that matter here."""

    kind: str
    intent: int | None = None
    order_no: str = ""
    outcome: str = ""


def _phase(row: _Row) -> Phase | None:
    """Return what a row says that an order has reached."""
    if row.kind == "captured":
        return "paid"
    if row.kind == "notify" and row.outcome == "ok":
        return "acked"
    if row.kind == "submit" and row.outcome != "fail":
        return "submitted"
    return "delivered" if row.kind == "delivered" else None


class Phases:
    """Counts orders by the phases that they have reached."""

    def __init__(self, journals: list[Path]) -> None:
        self._tail = Tail(journals)
        self._reached: defaultdict[Phase, set[str]] = defaultdict(set)
        self._decode = msgspec.json.Decoder(_Row).decode

    def count(self, phase: Phase) -> int:
        """Read what the journals have gained; return how many orders have reached a phase."""
        for line in self._tail.lines():
            row = self._decode(line)
            if reached := _phase(row):
                who = f"i{row.intent}" if row.intent is not None else row.order_no
                self._reached[reached].add(who)
        return len(self._reached[phase])
