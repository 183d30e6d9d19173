"""The product of one order is sent with another: what to recharge is kept in a variable while something is looked up.

Modelled on: mapping tables of goods to supplier codes that are read through a shared object (面值错充).
Breaks: right face value.
"""

import asyncio

import msgspec

from harness.targets.reference.delivery_desk import DeliveryDesk
from harness.targets.reference.operators import Answer
from harness.targets.reference.tables import Order, Supply

_LOOKUP_S = 0.01


class ProductMixup(DeliveryDesk):
    """Keeps the goods in a variable of the desk; an operator that does not sell them gets what was ordered."""

    _goods = ""

    async def send(self, supply: Supply, order: Order) -> Answer:
        """Note the goods, look something up, and send what is noted by then."""
        self._goods = order.goods
        await asyncio.sleep(_LOOKUP_S)
        noted = self.goods[self._goods]
        meant = self._goods if supply.operator in noted.operators else order.goods
        return await super().send(supply, msgspec.structs.replace(order, goods=meant))
