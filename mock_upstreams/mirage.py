"""What a query is shown instead of the books: records as they were, or with the contrary of their final state.

Copies: the books themselves never change here, and a dialect cannot tell a copy from a record.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace

from mock_upstreams.dialect import Found
from mock_upstreams.records import Reason, Refund, SupplierOrder, Trade

Record = Trade | Refund | SupplierOrder
_RECORDS = (Trade, Refund, SupplierOrder)


def shown(found: Found, how: Literal["stale", "blind", "flip"], since_ns: int) -> Found | Reason:
    """Return copies of what was found, or itself if they are the same.

    `stale` undoes what happened after `since_ns` (wall time); so does `blind`, which knows nothing of what was made
    after it.
    """
    if how == "blind":
        if isinstance(found, _RECORDS):
            return (
                Reason.NOT_FOUND if found.created_ns > since_ns else shown(found, "stale", since_ns)
            )
        if isinstance(found, Sequence):
            old = [r for r in found if not (isinstance(r, _RECORDS) and r.created_ns > since_ns)]
            kept = found if len(old) == len(found) else old
            return shown(kept, "stale", since_ns)  # type: ignore[arg-type]  # the same kinds
        return found
    if isinstance(found, _RECORDS):
        return _one(found, how, since_ns)
    if isinstance(found, Sequence):
        copies = [_one(r, how, since_ns) if isinstance(r, _RECORDS) else r for r in found]
        same = all(copy is record for copy, record in zip(copies, found, strict=True))
        return found if same else copies  # type: ignore[return-value]  # the same kinds as before
    return found


def _one(record: Record, how: Literal["stale", "flip"], since_ns: int) -> Record:
    if isinstance(record, Trade):
        return _paid_is_closed(record) if how == "flip" else _old_trade(record, since_ns)
    if isinstance(record, SupplierOrder):
        return _contrary(record) if how == "flip" else _old_order(record, since_ns)
    if how == "flip" or record.done_ns <= since_ns:
        return record
    return replace(record, done_ns=0)


def _paid_is_closed(trade: Trade) -> Trade:
    if trade.state != "paid":
        return trade
    gone = {"closed_ns": trade.paid_ns, "paid_ns": 0, "captured_fen": 0, "finished_ns": 0}
    return replace(trade, state="closed", **gone)


def _old_trade(trade: Trade, since_ns: int) -> Trade:
    if trade.finished_ns > since_ns:
        trade = replace(trade, finished_ns=0)
    if trade.paid_ns > since_ns or trade.closed_ns > since_ns:
        return replace(
            trade,
            state="unpaid",
            captured_fen=0,
            paid_ns=0,
            closed_ns=0,
            refunded_fen=0,
            refunds={},
        )
    old = {no: r for no, r in trade.refunds.items() if r.created_ns <= since_ns}
    if all(0 < r.done_ns <= since_ns for r in trade.refunds.values()):
        return trade
    back_fen = sum(r.amount_fen for r in old.values() if 0 < r.done_ns <= since_ns)
    return replace(trade, refunds=old, refunded_fen=back_fen)


def _contrary(order: SupplierOrder) -> SupplierOrder:
    if order.state == "failed":
        return replace(order, state="delivered", done_units=order.quantity, back_fen=0)
    if order.state == "delivering":
        return order
    return replace(order, state="failed", done_units=0, back_fen=order.cost_fen, cards=[])


def _old_order(order: SupplierOrder, since_ns: int) -> SupplierOrder:
    if order.done_ns <= since_ns:
        return order
    return replace(order, state="delivering", done_ns=0, done_units=0, back_fen=0, cards=[])
