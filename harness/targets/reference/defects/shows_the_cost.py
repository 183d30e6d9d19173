"""A delivered order shows what the operator took for it instead of its price.

Modelled on: a page that reads `amount` from whatever row was joined last; customers see the margin, and ask for it.
Breaks: the amount is the same on all sides.
"""

from msgspec.structs import replace

from harness.targets.reference.shop import Shop, View
from harness.targets.reference.tables import Order, State


class ShowsTheCost(Shop):
    """Takes the amount from the wrong row."""

    def show(self, order: Order, pay_url: str | None = None) -> View:
        """Show a delivered order at its cost."""
        view = super().show(order, pay_url)
        costs = [one.cost_fen for one in self.goods[order.goods].operators.values()]
        if order.state != State.DONE or not costs:
            return view
        return replace(view, amount_fen=costs[0])
