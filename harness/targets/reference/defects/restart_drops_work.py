"""When it is told to end, the platform takes what it has in its hands for done.

Modelled on: queue workers that acknowledge in a `finally`, so that SIGTERM drops the job they are at.
Breaks: no paid order is lost, and each ends in time.
"""

import asyncio

from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.outbox import Task


class RestartDropsWork(DeliveryDesk):
    """Tidies up before it goes."""

    async def work(self, task: Task, job: Job) -> None:
        """Cross the task off, also if it was broken off."""
        try:
            await super().work(task, job)
        except asyncio.CancelledError:
            await self.db.run(self.outbox.done, task.key)
            raise
