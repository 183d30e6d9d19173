"""Complaints at the gateway are filed as tickets, and answered by nobody.

Modelled on: I22: the gateway's complaint page is an inbox of its own, and no one's job.
Breaks: complaints are answered in time.
"""

from harness.targets.reference.complaint_desk import ComplaintDesk, Ticket
from harness.targets.reference.gateways import Gateway


class ComplaintUnanswered(ComplaintDesk):
    """Means to answer later."""

    async def answer(self, gateway: Gateway, ticket: Ticket, state: str) -> bool:  # noqa: ARG002
        """Say nothing, for now."""
        return False
