"""The client's number is looked up without the client: whoever uses a number that is taken is given that order.

Modelled on: an Idempotency-Key that is a key of the whole table or cache, and merchants who count 1, 2, 3.
Breaks: other people's orders and cards are unreadable.
"""

from sqlalchemy import Connection, select

from harness.targets.reference.shop import OrderForm, Shop
from harness.targets.reference.tables import Order, Pay, orders


class NumberOfAnybody(Shop):
    """Forgets to ask whose number it is."""

    def write(self, c: Connection, customer_id: int, form: OrderForm) -> tuple[Order, Pay]:
        """Write the order for whoever used the number first."""
        first = select(orders.c.customer_id).where(orders.c.client_no == self.placing_key(form))
        owner = c.execute(first).scalars().first()
        return super().write(c, customer_id if owner is None else owner, form)
