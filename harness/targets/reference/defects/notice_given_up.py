"""A notice that could not be sent is not sent again.

Modelled on: I20: messages sent in passing, with the error caught and logged; an hour without the channel is an hour
without notices.
Breaks: customers are told how their order ended.
"""

from sqlalchemy import Connection

from harness.targets.reference.notice_desk import NoticeDesk
from harness.targets.reference.outbox import Task


class NoticeGivenUp(NoticeDesk):
    """Tries once."""

    def later(self, c: Connection, task: Task) -> None:
        """Forget it."""
        self.outbox.done(c, task.key)
