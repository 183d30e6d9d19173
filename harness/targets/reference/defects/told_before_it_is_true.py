"""Customers are told "delivered" as soon as a supplier has taken the order, and nothing more when it is there.

Modelled on: I16 and I7: 提交成功 of the supplier read as 充值成功; the customer looks, finds nothing, and complains.
Breaks: customers are told how their order ended.
"""

from sqlalchemy import Connection

from harness.targets.reference.notice_desk import NoticeDesk
from harness.targets.reference.tables import State


class ToldBeforeItIsTrue(NoticeDesk):
    """Words every notice as if all had gone well, and sends the first it has."""

    def taken(self, c: Connection, order_no: str) -> None:
        """Tell of goods that are on their way as if they were there."""
        self.tell(c, order_no, State.DONE)

    def tell(self, c: Connection, order_no: str, about: str = "") -> None:
        """Leave the true word out."""
        if about:
            super().tell(c, order_no, about)
