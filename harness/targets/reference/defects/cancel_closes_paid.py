"""A customer cancels: the order was unpaid when it was read, its trades are closed at the gateways, and it is closed.

Modelled on: `if (order.getStatus() == WAIT_PAY) { closeTrade(); order.setStatus(CLOSED); save(order); }`:
whatever closing came to, and whatever was paid while it took its time.
Breaks: what is paid buys the goods or goes back; states move only forward.
"""

from sqlalchemy import Connection, update

from harness.targets.reference import books
from harness.targets.reference.shop import Shop, View
from harness.targets.reference.tables import Order, Pay, State, orders


class CancelClosesPaid(Shop):
    """Looks at the order, then at nothing any more."""

    async def close(self, customer_id: int, order_no: str) -> View | None:
        """Close the trades, hear nothing of what came of it, close the order."""
        order = await self.db.run(self.find, customer_id, order_no)
        if order is None or order.state != State.WAIT_PAY:
            return await super().close(customer_id, order_no)
        for pay in await self.db.run(self._pays, order):
            await self.payments.look(pay, close=True)
        await self.db.run(self._closed, order)
        return await self.status(customer_id, order_no)

    def _pays(self, c: Connection, order: Order) -> list[Pay]:
        return books.pays_of_order(c, order.order_no)

    def _closed(self, c: Connection, order: Order) -> None:
        row = orders.c.order_no == order.order_no
        c.execute(update(orders).where(row).values(state=State.CLOSED))
