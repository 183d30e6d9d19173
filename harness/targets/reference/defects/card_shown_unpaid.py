"""Who has ordered a card, and not paid, can read on the page of the order which one it will be.

Modelled on: card shops that send the reserved card with the order and hide it by the page's script alone.
Breaks: no card code is visible before payment.
"""

from msgspec.structs import replace

from harness.targets.reference.operators import Card
from harness.targets.reference.shop import Shop, View
from harness.targets.reference.stock_desk import NOBODY, cards_of
from harness.targets.reference.tables import State


class CardShownUnpaid(Shop):
    """Shows what is next on the shelf."""

    async def status(self, customer_id: int, order_no: str) -> View | None:
        """Answer with a card, paid or not."""
        view = await super().status(customer_id, order_no)
        if view is None or view.state != State.WAIT_PAY or not self.goods[view.goods].from_stock:
            return view
        codes = await self.db.read(cards_of, view.goods, NOBODY)
        return replace(view, cards=[Card(code) for code in codes])
