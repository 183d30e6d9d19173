"""An order whose submission was not answered waits for a person to look into it, and nobody does.

Modelled on: 处理中 for ever (I7): the job that should ask again has been switched off, a manual trigger is forgotten.
Breaks: every paid order ends in goods or refund, in time.
"""

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.outbox import Task
from harness.targets.reference.tables import State


class StuckInDoubt(DeliveryDesk):
    """Leaves what it does not understand to somebody else."""

    def in_doubt(self, c: Connection, task: Task, job: Job, state: str) -> None:  # noqa: ARG002
        """Show it as under way, and take it off the list."""
        supply, order = job
        books.move_order(c, order.order_no, State.CHARGING, was=State.PAID)
        self.outbox.done(c, supply.supply_no)
