"""The button "deliver again" (补发) places a new order at the operator, whether the first one is still at work or not.

Modelled on: back ends of card and recharge shops whose 补发 is the same code as delivering for the first time.
Breaks: nothing is delivered twice.
"""

import secrets

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.corrections import CorrectionDesk, under_way
from harness.targets.reference.tables import Order, Supply


class ResendMakesSecondOrder(CorrectionDesk):
    """Takes a question for an order."""

    def push(self, c: Connection, order: Order) -> None:
        """Submit once more wherever something is under way."""
        for supply_no, _ in under_way(c, order):
            first = books.supply(c, supply_no)
            if first is not None:
                number = f"{order.order_no}S{secrets.token_hex(2)}"
                books.add_supply(c, Supply(number, order.order_no, first.operator, "DUE", 0, 0))
                self.supply.add(c, number, 0)
