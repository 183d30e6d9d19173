"""A top-up that came in part (部分到账) counts as failed: the whole face value is ordered again elsewhere.

Modelled on: callback handlers in which whatever is not success is failure, `charge_amount` or not.
Breaks: no duplicate delivery; and, where nobody else can deliver, nothing delivered unpaid.
"""

from sqlalchemy import Connection

from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.operators import Answer


class PartTakenForFailure(DeliveryDesk):
    """Knows only delivered and not delivered."""

    def came_in_part(self, c: Connection, job: Job, answer: Answer) -> None:  # noqa: ARG002
        """On to the next operator."""
        self.failed(c, job)
