"""The account of one order is sent with another: all submissions share one form, filled in before a pause.

Modelled on: field mapping mixed up between concurrent orders (字段错位), a request object kept in a singleton.
Breaks: goods go to the account that ordered them.
"""

import asyncio

import msgspec

from harness.targets.reference.delivery_desk import DeliveryDesk
from harness.targets.reference.operators import Answer
from harness.targets.reference.tables import Order, Supply

_LOOKUP_S = 0.01


class AccountMixup(DeliveryDesk):
    """Keeps the account in a variable of the desk while it looks up where the number belongs (归属地)."""

    _account = ""

    async def send(self, supply: Supply, order: Order) -> Answer:
        """Fill in the form, look something up, and send what the form says by then."""
        self._account = order.account
        await asyncio.sleep(_LOOKUP_S)
        return await super().send(supply, msgspec.structs.replace(order, account=self._account))
