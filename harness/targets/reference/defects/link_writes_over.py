"""An order is read, a gateway is asked for another link, and the whole order is saved as it was read.

Modelled on: `save(entity)` of an object that was loaded before a slow call, with no version to check
(JPA, MyBatis-Plus updateById).
Breaks: states move only forward; what was paid meanwhile is not forgotten.
"""

from sqlalchemy import Connection, update

from harness.targets.reference.shop import Shop, View
from harness.targets.reference.tables import Order, orders


class LinkWritesOver(Shop):
    """Has asked for a link, and saves what it knew before."""

    async def pay_link(self, customer_id: int, order_no: str, channel: str) -> View | None:
        """Give the link, then write state and account back as they were when it was asked for."""
        read = await self.db.run(self.find, customer_id, order_no)
        view = await super().pay_link(customer_id, order_no, channel)
        if read is not None:
            await self.db.run(self._save, read)
        return view

    def _save(self, c: Connection, read: Order) -> None:
        row = orders.c.order_no == read.order_no
        c.execute(update(orders).where(row).values(state=read.state, account=read.account))
