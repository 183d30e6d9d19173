"""Whoever orders three cards pays for three, and one is ordered for him: the operator's form says a quantity of 1.

Modelled on: shops that grew a quantity on their page after the operator's client had been written.
Breaks: no lost delivery; what is shown agrees with what happened.
"""

from msgspec.structs import replace

from harness.targets.reference.delivery_desk import DeliveryDesk
from harness.targets.reference.operators import Answer
from harness.targets.reference.tables import Order, Supply


class QuantityNotPassedOn(DeliveryDesk):
    """Knows of orders, not of how many."""

    async def send(self, supply: Supply, order: Order) -> Answer:
        """Order one."""
        return await super().send(supply, replace(order, quantity=1))

    def goods_are_there(self, order: Order, answer: Answer) -> bool:
        """Take one card for all."""
        return super().goods_are_there(replace(order, quantity=1), answer)
