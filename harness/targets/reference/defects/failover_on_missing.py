"""One "no such order" is believed: the next operator gets the order, and the first one finds it a moment later.

Modelled on: queries against a replica of the operator (查询滞后), taken for the truth by the platform.
Breaks: nothing is delivered twice.
"""

from sqlalchemy import Connection

from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.outbox import Task


class FailoverOnMissing(DeliveryDesk):
    """Asks once, and takes a young order's absence for its refusal."""

    def missing(self, c: Connection, task: Task, job: Job) -> None:  # noqa: ARG002 - counts nothing
        """Go to the next operator."""
        self.failed(c, job)
