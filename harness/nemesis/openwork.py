"""Follows the upstreams' journals as they grow, to know which paid orders are still open while a run settles."""

from collections import defaultdict
from math import ceil
from pathlib import Path

import msgspec

from harness.core.tail import Tail


class _Row(msgspec.Struct):
    """The few columns that matter here."""

    kind: str
    time_ns: int
    intent: int | None = None
    order_no: str = ""
    amount_fen: int | None = None
    detail: msgspec.Raw = msgspec.Raw(b"{}")


class _Detail(msgspec.Struct):
    units: int | str = 1
    """Text where it is a part of one."""


class _Case:
    """What the upstreams' ledgers say of one intent so far."""

    def __init__(self) -> None:
        self.paid_ns = 0
        self.kept_fen = 0
        self.price_fen = 0
        self.units = 0.0
        self.ordered = 1
        self.waits_for_a_word = False

    def open(self) -> bool:
        """Say whether money is owed, or goods: one payment buys one delivery, all else that was taken must go back.

        Of goods that came in part their part of the price may be kept, and what is left of a fen.
        """
        earned_fen = ceil(self.price_fen * min(self.units / self.ordered, 1.0))
        return self.waits_for_a_word or self.kept_fen > earned_fen


class OpenWork:
    """Intents with money taken that was neither served nor given back, and complaints that nobody has answered."""

    def __init__(self, journals: list[Path], *, complaints: bool = False) -> None:
        self._complaints = complaints
        self._tail = Tail(journals)
        self._asked_fen: dict[str, int] = {}
        """What the platform asked its gateways for, by its own number: whoever took more owes the rest."""
        self._cases: defaultdict[int, _Case] = defaultdict(_Case)
        self._decode = msgspec.json.Decoder(_Row).decode
        self._detail = msgspec.json.Decoder(_Detail).decode

    def update(self) -> dict[int, int]:
        """Read what the journals have gained; return {intent: wall ns of its last capture or complaint} of those."""
        for line in self._tail.lines():
            self._take(self._decode(line))
        return {intent: case.paid_ns for intent, case in self._cases.items() if case.open()}

    def paid(self) -> dict[int, int]:
        """Return {intent: wall ns of its last capture} of all that were charged, open or not."""
        return {intent: case.paid_ns for intent, case in self._cases.items() if case.price_fen}

    def units(self) -> dict[int, float]:
        """Return {intent: units that were handed out}."""
        return {intent: case.units for intent, case in self._cases.items()}

    def _take(self, row: _Row) -> None:
        if row.kind == "create" and row.amount_fen:
            self._asked_fen[row.order_no] = row.amount_fen
        if row.intent is None:
            return
        case = self._cases[row.intent]
        if row.kind == "captured":
            case.paid_ns = row.time_ns
            taken_fen = row.amount_fen or 0
            case.kept_fen += taken_fen
            case.price_fen = max(case.price_fen, self._asked_fen.get(row.order_no, taken_fen))
        elif row.kind == "refunded":
            case.kept_fen -= row.amount_fen or 0
        elif row.kind == "intent":
            case.ordered = int(self._detail(row.detail).units)
        elif row.kind == "delivered":
            case.units += float(self._detail(row.detail).units)
        elif row.kind == "complained" and self._complaints:
            case.paid_ns, case.waits_for_a_word = row.time_ns, True
        elif row.kind == "answered":
            case.waits_for_a_word = False
