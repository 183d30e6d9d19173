"""A notification is answered when the goods are out, or some seconds have passed: the gateway has hung up by then.

Modelled on: handlers that call the supplier before they say success; in the peak every ladder climbs to its end.
Breaks: an acknowledgement is heard, so that the ladder stops.
"""

import asyncio

from harness.targets.reference import books
from harness.targets.reference.gateways import Gateway, Notice
from harness.targets.reference.payment_desk import PaymentDesk

_LOOKS, _EACH_S = 3, 0.5


class AnswersWhenDone(PaymentDesk):
    """Does the work first, on the caller's time."""

    async def believe(self, gateway: Gateway, notice: Notice) -> None:
        """Book it, and wait for what comes of it."""
        await super().believe(gateway, notice)
        for _ in range(_LOOKS):
            await asyncio.sleep(_EACH_S)
            await self.db.read(books.pay, notice.pay_no)
