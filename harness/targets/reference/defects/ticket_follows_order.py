"""A ticket has no desk of its own: somebody looks at it when its order has ended.

Modelled on: I32: support tools that list tickets by what can be closed, so that whoever still waits is read last.
Breaks: tickets are answered in time.
"""

from harness.targets.reference.complaint_desk import ComplaintDesk, Ticket
from harness.targets.reference.gateways import Gateway

_ENDED = frozenset({"DONE", "REFUNDED"})


class TicketFollowsOrder(ComplaintDesk):
    """Answers once there is nothing left to ask."""

    async def answer(self, gateway: Gateway, ticket: Ticket, state: str) -> bool:
        """Say nothing before the order has ended."""
        return state in _ENDED and await super().answer(gateway, ticket, state)
