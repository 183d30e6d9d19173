"""A submission whose answer was lost is made again under a new number, which the operator cannot know for the same.

Modelled on: plug-ins that build a new number for each try (大猿人: `order_number + "A" + count + ...`).
Breaks: nothing is delivered twice.
"""

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.outbox import Task
from harness.targets.reference.tables import Supply


class RetriesUnderNewNumber(DeliveryDesk):
    """Numbers tries instead of submissions."""

    def in_doubt(self, c: Connection, task: Task, job: Job, state: str) -> None:
        """Forget the try that was not answered, and put in another at the same operator."""
        supply, order = job
        if supply.state != "DUE":
            super().in_doubt(c, task, job, state)
            return
        books.supply_moved(c, supply.supply_no, "FAILED")
        self.outbox.done(c, supply.supply_no)
        number = self.supply_no(order)
        books.add_supply(c, Supply(number, order.order_no, supply.operator, "DUE", 0, 0))
        self.outbox.add(c, number, self.retry_ms(task.tries, number))
