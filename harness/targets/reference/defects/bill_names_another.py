"""Payments in the bill are given the gateway's number of the payment before: the list of numbers is one too short.

Modelled on: two lists read apart and laid side by side (zip of queries with another order); accountants look for
payments at the gateway that are somebody else's (对账串号).
Breaks: the bill agrees line by line with the gateways' ledgers.
"""

from itertools import pairwise

from msgspec.structs import replace
from sqlalchemy import Connection

from harness.targets.reference.bill_desk import BillDesk, Line


class BillNamesAnother(BillDesk):
    """Shifts the numbers by one."""

    def lines(self, c: Connection, span_ms: tuple[int, int], customer_id: int | None) -> list[Line]:
        """Read everybody's lines, lay the numbers beside them, and keep whose they are."""
        every = super().lines(c, span_ms, None)
        paid = [line for line in every if line.kind == "payment"]
        refs = {line.ref: before.ref for before, line in pairwise(paid)}
        mine = super().lines(c, span_ms, customer_id)
        return [
            replace(line, ref=refs.get(line.ref, line.ref)) if line.kind == "payment" else line
            for line in mine
        ]
