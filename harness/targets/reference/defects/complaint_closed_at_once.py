"""A complaint is answered and ended in one breath, whatever has become of the order.

Modelled on: I32: tickets that are closed to keep the average time short.
Breaks: a complaint is closed only by delivery or refund.
"""

from harness.targets.reference.complaint_desk import ComplaintDesk, Ticket
from harness.targets.reference.gateways import Gateway


class ComplaintClosedAtOnce(ComplaintDesk):
    """Has the shortest time to close in the business."""

    async def answer(self, gateway: Gateway, ticket: Ticket, state: str) -> bool:
        """Answer, and say that all is settled."""
        answered = await super().answer(gateway, ticket, state)
        return answered and await gateway.end_complaint(ticket.complaint_id)
