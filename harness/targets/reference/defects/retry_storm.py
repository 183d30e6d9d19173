"""A submission without an answer is sent again at once, again and again, for as long as the operator is away.

The number stays the same, so nothing comes twice; but an operator that comes back is drowned at once.
Modelled on: retry storms of clients without backoff, the usual second half of an outage at the top of the hour.
Breaks: retries at the operator stay bounded during an outage.
"""

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.clock import now_ms
from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.outbox import Task

_PAUSE_MS = 20
_TRIES = 100


class RetryStorm(DeliveryDesk):
    """Is sure that one more try will do it."""

    def in_doubt(self, c: Connection, task: Task, job: Job, state: str) -> None:
        """Submit again; only after very many tries ask what became of it."""
        supply, _ = job
        if supply.state != "DUE" or task.tries >= _TRIES:
            super().in_doubt(c, task, job, state)
            return
        books.supply_moved(c, supply.supply_no, "DUE")
        self.outbox.again(c, supply.supply_no, now_ms() + _PAUSE_MS, task.tries + 1)
