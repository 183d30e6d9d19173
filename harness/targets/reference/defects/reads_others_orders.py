"""Whoever knows an order's number reads it, cards and all.

Modelled on: insecure direct object references (IDOR): the handler looks the number up and not whose it is.
Breaks: other people's orders and cards are unreadable.
"""

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.shop import Shop
from harness.targets.reference.tables import Order


class ReadsOthersOrders(Shop):
    """Believes that numbers are secrets."""

    def find(self, c: Connection, customer_id: int, order_no: str) -> Order | None:  # noqa: ARG002
        """Find anybody's order."""
        return books.order(c, order_no)
