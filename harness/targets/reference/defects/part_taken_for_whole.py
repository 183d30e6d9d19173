"""A top-up that came in part (部分到账) counts as delivered, and the rest of the price is kept.

Modelled on: yrapi clients that know two endings: state 3 is not 2, so it is a success; `charge_amount` is not read.
Breaks: no lost delivery.
"""

from sqlalchemy import Connection

from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.operators import Answer


class PartTakenForWhole(DeliveryDesk):
    """Knows only delivered and failed."""

    def came_in_part(self, c: Connection, job: Job, answer: Answer) -> None:
        """Call it delivered."""
        self.delivered(c, job, answer)
