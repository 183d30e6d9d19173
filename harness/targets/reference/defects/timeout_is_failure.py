"""A submission without an answer is taken for a refusal: the next operator gets the order under a new number.

Modelled on: plug-ins of a widespread supplier gateway (大猿人), where any error but a few fails over with a new number.
Breaks: nothing is delivered twice.
"""

from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.operators import Answer, Said
from harness.targets.reference.outbox import Task


class TimeoutIsFailure(DeliveryDesk):
    """Silence is a no, and a no is not looked into."""

    def classify(self, answer: Answer) -> Said:
        """Take anything but a yes for a no."""
        return Said.OPEN if answer.said is Said.OPEN else Said.REFUSED

    async def refusal(self, task: Task, job: Job) -> None:  # noqa: ARG002 - asks nobody
        """Go to the next operator at once."""
        await self.db.run(self.failed, job)
