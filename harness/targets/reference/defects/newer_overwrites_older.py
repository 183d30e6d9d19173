"""A second submission under a number that is taken writes over the order that stands there.

Modelled on: upserts (INSERT ... ON CONFLICT DO UPDATE) of orders by the client's number, as a "save" of a form.
Breaks: the goods that were paid for are delivered, and no dearer ones.
"""

from sqlalchemy import Connection, update

from harness.targets.reference import books
from harness.targets.reference.shop import OrderForm, Shop
from harness.targets.reference.tables import Order, Pay, orders


class NewerOverwritesOlder(Shop):
    """Keeps the price and the payment of the first submission, and goods and account of the last."""

    def write(self, c: Connection, customer_id: int, form: OrderForm) -> tuple[Order, Pay]:
        """Write the form over what is there, then go on as ever."""
        order = books.order_of_client(c, customer_id, self.placing_key(form))
        if order is not None:
            row = orders.c.order_no == order.order_no
            c.execute(update(orders).where(row).values(goods=form.goods, account=form.account))
        return super().write(c, customer_id, form)
