"""An operator that takes long is left behind for the next one, while it is still at work: both deliver.

Modelled on: "switch the channel after N minutes" timers of recharge back ends; the first is not cancelled.
Breaks: nothing is delivered twice.
"""

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.outbox import Task

_LOOKS = 2


class FailoverKeepsFirst(DeliveryDesk):
    """Loses patience with what was accepted and is not through yet."""

    def accepted(self, c: Connection, task: Task, job: Job) -> None:
        """Come back later; at the second time, begin with the next operator as well."""
        super().accepted(c, task, job)
        order = job[1]
        tried = books.operators_tried(c, order.order_no)
        if task.tries == _LOOKS and not tried >= set(self.goods[order.goods].operators):
            self.submit_to_next(c, order, tried)
