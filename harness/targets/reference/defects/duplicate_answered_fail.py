"""A notification of a payment that was booked before is answered with an error: "processed already".

Modelled on: assimon/dujiaoka, where a repeated notification after completion ends in an exception page,
and the gateway keeps repeating it.
Breaks: a duplicate notification of a finished order is acknowledged.
"""

from harness.targets.reference import books
from harness.targets.reference.gateways import BadNoticeError
from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.tables import Receipt


class DuplicateAnsweredFail(PaymentDesk):
    """Knows the payment, and says no."""

    async def book(self, receipt: Receipt) -> None:
        """Book it the first time only."""
        if await self.db.read(books.receipt, receipt.channel, receipt.trade_no) is not None:
            raise BadNoticeError("processed already")
        await super().book(receipt)
