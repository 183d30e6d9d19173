"""Late memberships are late, and that is all.

Modelled on: I15: compensation that has to be asked for, by a form that nobody finds.
Breaks: late time-limited goods are compensated.
"""

from sqlalchemy import Connection

from harness.targets.reference.promise_desk import PromiseDesk
from harness.targets.reference.tables import Order


class NeverCompensates(PromiseDesk):
    """Sees that it is late."""

    def late(self, c: Connection, order: Order) -> None:
        """Shrug."""
