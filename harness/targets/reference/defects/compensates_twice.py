"""The job that looks for late memberships compensates what it finds each time it runs.

Modelled on: I15: nightly jobs without a mark for what they have done; a rerun after a failure pays again.
Breaks: compensation once.
"""

from sqlalchemy import Connection

from harness.targets.reference.outbox import Task
from harness.targets.reference.promise_desk import PromiseDesk
from harness.targets.reference.tables import Order


class CompensatesTwice(PromiseDesk):
    """Runs twice, and remembers nothing in between."""

    def late(self, c: Connection, order: Order) -> None:
        """Compensate whatever has been done before."""
        self.compensate(c, order)

    def keep(self, c: Connection, task: Task, order: Order) -> None:
        """Do it, and come back once to do it again."""
        super().keep(c, task, order)
        if task.tries == 0 and task.key.startswith("late"):
            self.outbox.add(c, task.key, 0)
            self.outbox.again(c, task.key, self.retry_ms(1, task.key), 1)
