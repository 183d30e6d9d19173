"""After a restart, submissions whose answer had not come are sent again, each under a new number.

Modelled on: recovery that starts "unfinished" jobs from the beginning; a number is drawn when a job starts.
Breaks: nothing is delivered twice.
"""

from msgspec.structs import replace
from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.clock import now_ms
from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.outbox import Task


class RestartSubmitsAgain(DeliveryDesk):
    """Knows what it has sent itself, and nothing of what a former process has."""

    def load(self, c: Connection, task: Task) -> Job:
        """Begin anew with what another process has begun."""
        ours: set[str] = self.__dict__.setdefault("_ours", set())
        supply, order = super().load(c, task)
        if supply.state == "SENT" and supply.supply_no not in ours:
            books.supply_moved(c, supply.supply_no, "FAILED")
            again = replace(supply, supply_no=self.supply_no(order), state="DUE")
            books.add_supply(c, again)
            self.outbox.add(c, again.supply_no, now_ms())
        ours.add(supply.supply_no)
        return supply, order
