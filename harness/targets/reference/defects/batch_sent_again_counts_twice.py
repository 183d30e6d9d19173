"""A batch that is sent again is found, but its lines are written down once more: its totals count them twice.

Modelled on: I14: imports that look for the batch by its number and for its lines by nothing.
Breaks: a batch has exact totals and an exact list of failures.
"""

from sqlalchemy import Connection, insert

from harness.targets.reference.batch_desk import Batch, BatchDesk
from harness.targets.reference.shop import OrderForm
from harness.targets.reference.tables import Order, batch_lines


class BatchSentAgainCountsTwice(BatchDesk):
    """Adds the lines of a known batch below those that it has."""

    def known(
        self, c: Connection, batch: Batch, placings: list[OrderForm]
    ) -> tuple[Batch, list[Order]]:
        """Find the batch, and take its lines again."""
        batch, found = super().known(c, batch, placings)
        for at, order in enumerate(found, start=len(found) + 1):
            row = {"batch_no": batch.batch_no, "line": at, "order_no": order.order_no}
            c.execute(insert(batch_lines), row)
        return batch, found
