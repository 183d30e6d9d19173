"""Notifications are read without checking who signed them.

Modelled on: supplier plug-ins of 大猿人 (extend/Recharge), most of which never look at a callback's signature.
Breaks: forged notifications change nothing; nothing is delivered unpaid.
"""

from harness.targets.reference.gateways import Gateway, Incoming
from harness.targets.reference.payment_desk import PaymentDesk


class SignatureUnchecked(PaymentDesk):
    """Left over from the day the sandbox's keys did not fit."""

    def signature_ok(self, gateway: Gateway, incoming: Incoming) -> bool:  # noqa: ARG002
        """Believe everybody."""
        return True
