"""Of goods that came in part as much is paid back as came, where what did not come was meant.

Modelled on: `refund = price * charge_amount / face` in a shop's callback, right for half and for nothing else.
Breaks: never refunded and delivered both.
"""

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.operators import Answer


class PartPaidBackSwapped(DeliveryDesk):
    """Takes one part for the other."""

    def came_in_part(self, c: Connection, job: Job, answer: Answer) -> None:
        """Deliver it, and pay back as much."""
        part, whole = self.came(job[1], answer)
        self.delivered(c, job, answer)
        receipt = books.receipt_for_goods(c, job[1].order_no)
        if receipt is not None:
            back_fen = receipt.amount_fen * part // whole
            self.refunds.owe(c, receipt, "came in part", back_fen)
