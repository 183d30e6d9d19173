"""The second pay link is given for any channel; only the first is looked at.

Modelled on: I31: a check on the order form that the page "pay in another way" knows nothing of.
Breaks: refusals come before payment; an order is never charged through a channel that is forbidden for it.
"""

from harness.targets.reference.shop import Shop
from harness.targets.reference.tables import Order


class LinkForgetsBan(Shop):
    """Opens whatever is asked for."""

    def check_link(self, order: Order, channel: str) -> None:
        """Refuse nothing."""
