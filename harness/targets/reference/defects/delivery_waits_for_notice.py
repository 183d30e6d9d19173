"""The goods are sent only after the customer was told of the payment by SMS.

Modelled on: I20: the message is one more step in the chain of an order, so a channel that is down stops deliveries.
Breaks: delivery does not depend on the message channel.
"""

import asyncio

from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.notice_desk import Told
from harness.targets.reference.outbox import Task

_TRIES = 1000
"""More than any outage lasts."""


class DeliveryWaitsForNotice(DeliveryDesk):
    """First the SMS, then the goods."""

    async def submit(self, task: Task, job: Job) -> None:
        """Try to tell until it works."""
        order, waits_s = job[1], self.pace.real_ms(self.timers.retry_first_s) / 1000
        text = f"您的订单 {order.order_no} 已付款。"
        told = Told(phone=order.account, text=text, order_no=order.order_no)
        for _ in range(_TRIES):
            if self.config.messages.sms is None or await self.refunds.notices.sent(told):
                break
            await asyncio.sleep(waits_s)
        await super().submit(task, job)
