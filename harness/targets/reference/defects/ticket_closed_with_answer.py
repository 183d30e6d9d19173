"""A ticket that has been answered is closed, whatever has become of its order.

Modelled on: I32: ticket systems that close what the customer has not objected to; the figures like it.
Breaks: a ticket is closed only by delivery or refund.
"""

from sqlalchemy import Connection

from harness.targets.reference.complaint_desk import ComplaintDesk, Ticket
from harness.targets.reference.outbox import Task


class TicketClosedWithAnswer(ComplaintDesk):
    """Has said something, and that was that."""

    def note(self, c: Connection, task: Task, ticket: Ticket, becomes: str) -> None:
        """Close whatever has been answered."""
        super().note(c, task, ticket, "CLOSED" if becomes == "ANSWERED" else becomes)
