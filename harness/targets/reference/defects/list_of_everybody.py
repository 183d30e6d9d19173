"""A customer's list of orders has the orders of everybody.

Modelled on: lists that share a query with the back office, and a filter that is applied in the page only.
Breaks: other people's orders are unreadable.
"""

from sqlalchemy import Connection, select

from harness.targets.reference.shop import Shop
from harness.targets.reference.tables import Order, orders


class ListOfEverybody(Shop):
    """Does not look who asks."""

    def listed(self, c: Connection, _customer_id: int, page: int, size: int) -> list[Order]:
        """Return what everybody ordered."""
        newest = select(orders).order_by(orders.c.created_ms.desc(), orders.c.order_no.desc())
        return [Order(*row) for row in c.execute(newest.limit(size).offset(self.past(page, size)))]
