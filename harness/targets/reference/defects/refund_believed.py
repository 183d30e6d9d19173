"""A refund counts as done once it was asked for, whatever the gateway answered, or if it did not answer.

Modelled on: WeChat Pay's PROCESSING taken for SUCCESS; the refund fails a day later for want of balance.
Breaks: failed orders are refunded; what is shown agrees with what happened.
"""

from sqlalchemy import Connection

from harness.targets.reference.gateways import MoneyBack
from harness.targets.reference.outbox import Task
from harness.targets.reference.refund_desk import RefundDesk
from harness.targets.reference.tables import Refund


class RefundBelieved(RefundDesk):
    """Asks, and writes down that the money is back."""

    def note(self, c: Connection, task: Task, refund: Refund, said: MoneyBack) -> None:  # noqa: ARG002
        """Close the refund."""
        self.came_back(c, refund)
