"""A mended account is submitted at once, while the operator is still at work on the wrong one: both are served.

Modelled on: customer service that places the order again by hand, and does not wait for the first to fail (I30).
Breaks: exactly one account receives.
"""

import secrets

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.corrections import CorrectionDesk, mend, under_way
from harness.targets.reference.tables import Order, Supply


class CorrectionDeliversBoth(CorrectionDesk):
    """Believes that nobody can deliver to a wrong number."""

    def correct(self, c: Connection, order: Order, account: str) -> Order:
        """Mend the order, and submit it once more."""
        for supply_no, sent_ms in under_way(c, order):
            first = books.supply(c, supply_no)
            if sent_ms and first is not None:
                number = f"{order.order_no}S{secrets.token_hex(2)}"
                books.add_supply(c, Supply(number, order.order_no, first.operator, "DUE", 0, 0))
                self.supply.add(c, number, 0)
        return mend(c, order, account)
