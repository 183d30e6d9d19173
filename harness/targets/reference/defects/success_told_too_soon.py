"""Customers are told that their order succeeded when a supplier takes it, and once more when it has.

Modelled on: notices hung on "submitted" that nobody took away when those of the callback came.
Breaks: what the customer is shown agrees with what happened.
"""

from sqlalchemy import Connection

from harness.targets.reference.notice_desk import NoticeDesk
from harness.targets.reference.tables import State


class SuccessToldTooSoon(NoticeDesk):
    """Tells the text of the end with the beginning."""

    def taken(self, c: Connection, order_no: str) -> None:
        """Promise success."""
        self.tell(c, order_no, State.DONE)
