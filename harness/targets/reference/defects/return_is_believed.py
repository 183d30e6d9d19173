"""The page to which a payment leads marks its order as paid, and does not look whose signature it is.

Modelled on: return.php of shops whose notify.php was written with care, and whose way back was copied from a demo
(同步回调未验签).
Breaks: forged notifications change nothing; nothing is delivered unpaid.
"""

from harness.targets.reference.gateways import BadNoticeError, Gateway, Incoming
from harness.targets.reference.payment_desk import PaymentDesk


class ReturnIsBelieved(PaymentDesk):
    """Whoever comes back has paid, else he would not come back."""

    async def take_return(self, gateway: Gateway, incoming: Incoming) -> bool:
        """Read what it says and book it."""
        try:
            await self.believe(gateway, gateway.read(incoming))
        except BadNoticeError:
            return False
        return True
