"""The operator's "submitted" (提交成功) is shown as "recharged" (充值成功), and nobody looks any further.

Modelled on: shops that answer their own customers by the operator's first answer; a failure hours later has no reader.
Breaks: what is shown agrees with what happened; no lost delivery.
"""

from sqlalchemy import Connection

from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.operators import Answer, Said
from harness.targets.reference.outbox import Task


class AcceptedIsDelivered(DeliveryDesk):
    """Takes a promise for the goods, except where cards must be shown."""

    def accepted(self, c: Connection, task: Task, job: Job) -> None:
        """Call it delivered."""
        done = Answer(Said.DONE)
        if self.goods_are_there(job[1], done):
            self.delivered(c, job, done)
        else:
            super().accepted(c, task, job)
