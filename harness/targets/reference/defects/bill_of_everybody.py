"""Each customer's bill of the day has the lines of all customers.

Modelled on: exports that filter by day and forget by whom; the page shows only one's own, the file all.
Breaks: other people's orders are unreadable.
"""

from sqlalchemy import Connection

from harness.targets.reference.bill_desk import BillDesk, Line


class BillOfEverybody(BillDesk):
    """Does not look who asks."""

    def lines(
        self, c: Connection, span_ms: tuple[int, int], _customer_id: int | None
    ) -> list[Line]:
        """Return what everybody did."""
        return super().lines(c, span_ms, None)
