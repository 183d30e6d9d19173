"""A notice that was sent stays in the queue, and is sent again with every round.

Modelled on: workers that mark a message as sent in a transaction that is rolled back, or not at all.
Breaks: a notice is not repeated endlessly.
"""

from harness.targets.reference.notice_desk import NoticeDesk, Told
from harness.targets.reference.outbox import Task

_ROUNDS = 6
"""Enough to be seen; a real one goes on."""


class NoticeSentAgain(NoticeDesk):
    """Sends and forgets that it did."""

    async def work(self, task: Task, told: Told) -> None:
        """Send it, and come back."""
        if await self.sent(told) and task.tries >= _ROUNDS:
            await self.db.run(self.outbox.done, task.key)
        else:
            await self.db.run(self.later, task)
