"""The money goes back, and the order is shown as "refunding" for ever.

Modelled on: shops that wait for a word of the gateway that it does not have, such as 易支付's of a refund in part.
Breaks: every order ends in a final state in time.
"""

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.clock import now_ms
from harness.targets.reference.refund_desk import RefundDesk
from harness.targets.reference.tables import Refund


class RefundedNeverSaid(RefundDesk):
    """Closes refunds, and no orders."""

    def came_back(self, c: Connection, refund: Refund) -> None:
        """Close the refund alone."""
        books.refund_moved(c, refund.refund_no, "DONE", now_ms())
        self.outbox.done(c, refund.refund_no)
