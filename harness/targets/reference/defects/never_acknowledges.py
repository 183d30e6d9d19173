"""The work is done, but the answer is not the word that the gateway waits for.

Modelled on: plug-ins of epay that answer {"code":0} or a page instead of `success`, and are told for hours.
Breaks: the ladder of a booked notification stops.
"""

from harness.targets.reference.gateways import Gateway, Incoming, Reply
from harness.targets.reference.payment_desk import PaymentDesk


class NeverAcknowledges(PaymentDesk):
    """Answers as its own API does; a gateway that goes by the status alone is content with it, others are not."""

    async def take_notice(self, gateway: Gateway, incoming: Incoming) -> Reply:
        """Say yes in words of its own."""
        reply = await super().take_notice(gateway, incoming)
        if reply is gateway.accepted:
            return Reply(200, b'{"code":0,"msg":"ok"}', "application/json")
        return reply
