"""Unpaid orders live in the memory of the process for a few minutes; only paid ones can be found for ever.

Modelled on: shops that keep the order in the session or a cache until it is paid, and lose it on restart or expiry.
Breaks: every accepted order stays findable.
"""

from sqlalchemy import Connection

from harness.targets.reference.clock import now_ms
from harness.targets.reference.shop import OrderForm, Shop
from harness.targets.reference.tables import Order, Pay, State

_KEPT_S = 300.0


class OrderKeptInMemory(Shop):
    """What is not paid is looked up in memory, and forgotten after five minutes."""

    def write(self, c: Connection, customer_id: int, form: OrderForm) -> tuple[Order, Pay]:
        """Remember the order as it is placed."""
        order, pay = super().write(c, customer_id, form)
        self.__dict__.setdefault("_kept", {})[order.order_no] = now_ms()
        return order, pay

    def find(self, c: Connection, customer_id: int, order_no: str) -> Order | None:
        """Find paid orders in the database, others in memory."""
        order = super().find(c, customer_id, order_no)
        if order is None or order.state not in {State.WAIT_PAY, State.CLOSED}:
            return order
        kept_ms: int = self.__dict__.get("_kept", {}).get(order_no, 0)
        return order if now_ms() - kept_ms < self.pace.real_ms(_KEPT_S) else None
