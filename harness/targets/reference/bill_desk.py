"""The bill of a day (对账单), line by line: every payment, every refund, every submission that was delivered.

A line names the upstream's own number, so that it can be laid beside the gateway's and the operator's ledgers.
"""

from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import BigInteger, Connection, Select, bindparam, literal, select

from harness.targets.reference.config import Config
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.tables import orders, receipts, refunds, supplies


class Line(msgspec.Struct, frozen=True):
    """One line; `ref` is the gateway's trade, our refund number, or our number at the operator."""

    kind: str
    """payment, refund or delivery"""
    order_no: str
    channel: str
    ref: str
    amount_fen: int
    """What the upstream took or gave back; for a delivery, what it costs us."""
    at_ms: int


_from, _to = bindparam("begin", type_=BigInteger), bindparam("end", type_=BigInteger)
_payments = (
    select(
        literal("payment"),
        receipts.c.order_no,
        receipts.c.channel,
        receipts.c.trade_no,
        receipts.c.amount_fen,
        receipts.c.booked_ms,
        orders.c.customer_id,
        orders.c.goods,
        orders.c.quantity,
    )
    .join_from(receipts, orders, orders.c.order_no == receipts.c.order_no)
    .where(receipts.c.booked_ms >= _from, receipts.c.booked_ms < _to)
)
_refunds = (
    select(
        literal("refund"),
        refunds.c.order_no,
        refunds.c.channel,
        refunds.c.refund_no,
        refunds.c.amount_fen,
        refunds.c.done_ms,
        orders.c.customer_id,
        orders.c.goods,
        orders.c.quantity,
    )
    .join_from(refunds, orders, orders.c.order_no == refunds.c.order_no)
    .where(refunds.c.state == "DONE", refunds.c.done_ms >= _from, refunds.c.done_ms < _to)
)
_deliveries = (
    select(
        literal("delivery"),
        supplies.c.order_no,
        supplies.c.operator,
        supplies.c.supply_no,
        literal(0),
        supplies.c.sent_ms,
        orders.c.customer_id,
        orders.c.goods,
        orders.c.quantity,
    )
    .join_from(supplies, orders, orders.c.order_no == supplies.c.order_no)
    .where(supplies.c.state == "DONE", supplies.c.sent_ms >= _from, supplies.c.sent_ms < _to)
)


class BillDesk(Desk):
    """The bill is written from the books, never from what orders look like."""

    def __init__(self, config: Config, db: Database) -> None:
        super().__init__(config, db)
        self.kinds = [Prepared(kind) for kind in self.statements()]

    def statements(self) -> list[Select[tuple[object, ...]]]:
        """Return what makes up a bill."""
        return [_payments, _refunds, _deliveries]

    async def of_day(self, day: str, customer_id: int | None) -> list[Line]:
        """Return a day's lines, oldest first, of one customer or of all.

        Raises:
            ValueError: the day is not written as 2026-11-23.
        """
        begins = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
        ends = begins + timedelta(days=1)
        span_ms = int(begins.timestamp() * 1000), int(ends.timestamp() * 1000)
        return await self.db.read(self.lines, span_ms, customer_id)

    def lines(self, c: Connection, span_ms: tuple[int, int], customer_id: int | None) -> list[Line]:
        """Return the lines of a span of the platform's time, in ms, oldest first."""
        rows = [row for kind in self.kinds for row in kind(c, begin=span_ms[0], end=span_ms[1])]
        mine = [row for row in rows if customer_id is None or row[6] == customer_id]
        return sorted(map(self._line, mine), key=lambda line: (line.at_ms, line.ref))

    def _line(self, row: tuple[str, str, str, str, int, int, int, str, int]) -> Line:
        kind, order_no, channel, ref, amount_fen, at_ms, _, goods, quantity = row
        if kind == "delivery":
            amount_fen = self.goods[goods].operators[channel].cost_fen * quantity
        return Line(kind, order_no, channel, ref, amount_fen, at_ms)
