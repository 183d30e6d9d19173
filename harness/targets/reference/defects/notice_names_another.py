"""A notice of how an order ended names the account of the order that was worded just before it.

Modelled on: a template filled from a variable that all senders share (串号).
Breaks: other people's orders are unreadable, and what the customer is shown agrees with what happened.
"""

from msgspec.structs import replace
from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.notice_desk import NoticeDesk, Told
from harness.targets.reference.outbox import Task


class NoticeNamesAnother(NoticeDesk):
    """Keeps one account for all of them."""

    _account = ""

    def load(self, c: Connection, task: Task) -> Told:
        """Word it with what was there before."""
        told = super().load(c, task)
        order = books.order(c, told.order_no)
        if order is None:
            return told
        before, self._account = self._account or order.account, order.account
        return replace(told, text=told.text.replace(order.account, before))
