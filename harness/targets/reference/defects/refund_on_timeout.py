"""When an operator does not answer, the customer gets the money back, though the goods may be on their way.

Modelled on: refunds by timer; 卡商网's document forbids it: `server_error` means undetermined, not failed.
Breaks: never refunded and delivered both.
"""

from sqlalchemy import Connection

from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.outbox import Task


class RefundOnTimeout(DeliveryDesk):
    """Rather pays back than lets a customer wait."""

    def in_doubt(self, c: Connection, task: Task, job: Job, state: str) -> None:  # noqa: ARG002
        """Give the money back and be done with it."""
        supply, order = job
        self.give_up(c, order)
        self.outbox.done(c, supply.supply_no)
