"""The bill of the day beside the gateways' journals: what is missing in it, and until when it may still come."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from harness.core.clock import now_ns
from harness.core.event import Event
from harness.core.journal import read
from harness.targets._answer import Answer
from harness.targets._bill import BillLines

_MONEY = {"captured": "paid", "refunded": "refunded"}


class Reading(msgspec.Struct):
    """A bill as it was read: when it was asked for, for which orders (intents by number), and what came."""

    customer: int
    orders: dict[str, int]
    asked_ns: int
    answer: Answer


Moves = Mapping[tuple[int, str], tuple[int, int]]
"""By intent and kind of line: how often money moved so, and when it last did."""


def moved(journals: Iterable[Path], since_ns: int) -> Moves:
    """Return how the money of each order moved, read from journals of gateways; what moved earlier counts from then."""
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for path in journals:
        for row in read(path) if path.exists() else ():
            kind = _MONEY.get(row.kind)
            if kind is not None and row.intent is not None:
                times, last_ns = found.get((row.intent, kind), (0, 0))
                found[row.intent, kind] = times + 1, max(last_ns, row.time_ns, since_ns)
    return found


def due_ns(
    lines: BillLines, readings: Iterable[Reading], moves: Moves, within_ns: int
) -> int | None:
    """Return until when what a bill lacks may still come: `within_ns` after the money moved; None if none lacks."""
    asked = set(lines.kinds.values())
    late: list[int] = []
    for reading in readings:
        if reading.answer.outcome != "ok":
            continue
        there: dict[tuple[int, str], int] = {}
        for line in reading.answer.values.get("lines", []):
            if line.order_no in reading.orders:
                key = reading.orders[line.order_no], line.kind
                there[key] = there.get(key, 0) + 1
        for intent in reading.orders.values():
            for kind in asked & set(_MONEY.values()):
                times, last_ns = moves.get((intent, kind), (0, 0))
                if there.get((intent, kind), 0) < times:
                    late.append(last_ns + within_ns)
    return max(late, default=None)


def rows(lines: BillLines, reading: Reading) -> Iterable[Event]:
    """Yield for each order that its bill was read, and its lines; lines of orders that are not ours are left out."""
    answer, ours = reading.answer, reading.orders
    outcome = "ok" if answer.outcome == "ok" else "unknown"
    detail: dict[str, str | int | list[str]] = {"reason": answer.reason} if answer.reason else {}
    for order_no, intent in ours.items():
        for kind in sorted(set(lines.kinds.values())):
            yield Event(
                vantage="platform",
                kind="bill",
                time_ns=reading.asked_ns,
                intent=intent,
                order_no=order_no,
                state=kind,
                outcome=outcome,
                http_status=answer.http_status,
                detail=detail,
            )
    for line in answer.values.get("lines", []) if outcome == "ok" else []:
        if line.order_no in ours:
            yield Event(
                vantage="platform",
                kind="bill_line",
                time_ns=now_ns(),
                intent=ours[line.order_no],
                order_no=line.order_no,
                ref=line.ref,
                state=line.kind,
                amount_fen=line.amount_fen,
            )


def trespasses(readings: Iterable[Reading]) -> Iterable[Event]:
    """Yield for each order, once, that it stood in the bill of a customer whose it is not.

    Only of bills that are each customer's own: who is told everybody's lines is told nobody else's.
    """
    bills = list(readings)
    owners = {order_no: intent for bill in bills for order_no, intent in bill.orders.items()}
    found: set[str] = set()
    for bill in bills:
        for line in bill.answer.values.get("lines", []) if bill.answer.outcome == "ok" else []:
            order_no = line.order_no
            if order_no in bill.orders or order_no not in owners or order_no in found:
                continue
            found.add(order_no)
            yield Event(
                vantage="platform",
                kind="trespass",
                time_ns=bill.asked_ns,
                intent=owners[order_no],
                order_no=order_no,
                outcome="ok",
                http_status=bill.answer.http_status,
                detail={"reason": f"in the bill of customer {bill.customer}"},
            )
