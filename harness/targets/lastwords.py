"""Hears a platform out before the final read: what is settled in all ledgers may still be shown as under way.

A platform that never says "refunded", or says it later than was promised, is known by time alone. So the final read
waits until all such orders are shown as ended, or until what was promised for them is over.
"""

import asyncio
from collections.abc import Collection, Iterable
from pathlib import Path

from harness.core.clock import now_ns
from harness.core.journal import read
from harness.targets.audit import Auditor, Known

_ENDS = frozenset({"delivered", "refunded", "closed"})
_UNDER_WAY = frozenset({"paid", "delivering", "refunding"})
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 2.0
"""Real time between two looks: each logs the customers in anew."""


def unfinished(
    journals: Iterable[Path], orders: Iterable[Known], paid: Collection[int]
) -> list[Known]:
    """Return those of the orders that were charged, and that their customers were not shown an end of."""
    ended = {
        row.order_no
        for path in journals
        for row in read(path)
        if row.kind == "status" and row.outcome == "ok" and row.state in _ENDS
    }
    return [one for one in orders if one.intent in paid and one.order_no not in ended]


async def heard_out(auditor: Auditor, orders: list[Known], until_ns: int) -> list[Known]:
    """Look at orders again and again while they are shown as under way, until a wall instant at most.

    Returns those that still are; an order that cannot be read is left to the final read.
    """
    pause_s = _FIRST_PAUSE_S
    while orders:
        states = await auditor.look(orders)
        orders = [one for one in orders if states[one.order_no] in _UNDER_WAY]
        left_s = (until_ns - now_ns()) / 1e9
        if not orders or left_s <= 0:
            break
        await asyncio.sleep(min(pause_s, left_s))
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
    return orders
