"""Money goes back through the gateway that the order was placed for, also where it came through another.

Modelled on: shops that keep the way of paying with the order, and let customers choose another one at the cashier.
Breaks: failed orders are refunded.
"""

import msgspec
from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.outbox import Task
from harness.targets.reference.refund_desk import RefundDesk
from harness.targets.reference.tables import Refund


class RefundToFirstGateway(RefundDesk):
    """Asks whom it asked for the first link."""

    def load(self, c: Connection, task: Task) -> Refund:
        """Fetch the refund, for the wrong gateway."""
        refund = super().load(c, task)
        first = books.pays_of_order(c, refund.order_no)[0]
        return msgspec.structs.replace(refund, channel=first.channel)
