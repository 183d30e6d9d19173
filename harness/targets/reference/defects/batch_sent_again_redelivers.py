"""A batch that is sent again is found by its number, and then worked through from its first line.

Modelled on: I14: import scripts that are run again after a lost answer, and batch jobs without a mark on each line.
Breaks: nothing is delivered twice.
"""

from sqlalchemy import Connection

from harness.targets.reference.batch_desk import Batch, BatchDesk
from harness.targets.reference.shop import OrderForm
from harness.targets.reference.tables import Order, State

_WAS_PAID = frozenset({State.PAID, State.CHARGING, State.DONE})


class BatchSentAgainRedelivers(BatchDesk):
    """Submits every paid line of a known batch once more."""

    def known(
        self, c: Connection, batch: Batch, placings: list[OrderForm]
    ) -> tuple[Batch, list[Order]]:
        """Find the batch, and start it anew."""
        batch, found = super().known(c, batch, placings)
        for order in found:
            if order.state in _WAS_PAID:
                self.shop.payments.delivery.submit_to_next(c, order, tried=set())
        return batch, found
