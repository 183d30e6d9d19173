"""A notification is read, thought about, and then written: two at the same instant both find the order unpaid.

Modelled on: assimon/dujiaoka#328 and #97, where repeated notifications made one order consume several card keys.
Breaks: nothing is delivered twice.
"""

import asyncio

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.tables import Order, Receipt, State

_THINKING_S = 0.02


class NotifyNotIdempotent(PaymentDesk):
    """Checks first, writes later, and compares nothing when it writes."""

    async def book(self, receipt: Receipt) -> None:
        """Look, think (a coupon, a level, a risk score), then write."""
        order = await self.db.read(books.order, receipt.order_no)
        if order is None or (order.state, order.price_fen) != (State.WAIT_PAY, receipt.amount_fen):
            await super().book(receipt)
            return
        await asyncio.sleep(_THINKING_S)
        await self.db.run(self._write, order, receipt)

    def _write(self, c: Connection, order: Order, receipt: Receipt) -> None:
        if books.receipt(c, receipt.channel, receipt.trade_no) is None:
            self.file(c, receipt, "order")
        self.mark_paid(c, order)
        self.delivery.start(c, order)
