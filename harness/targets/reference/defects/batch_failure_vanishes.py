"""The list of a batch's failed lines is made of what still needs work: once a line's money is back, it is gone.

Modelled on: I14: batch pages that join lines with a queue of open refunds; merchants find the gap by counting.
Breaks: a batch has exact totals and an exact list of failures.
"""

from harness.targets.reference.batch_desk import BatchDesk
from harness.targets.reference.tables import Order, State


class BatchFailureVanishes(BatchDesk):
    """Names the lines that the finance department still has to do something about."""

    def is_listed(self, order: Order) -> bool:
        """Leave out what is settled."""
        return order.state == State.REFUNDING
