"""An order is shown as done from when a supplier has accepted it; mostly that comes true a little later.

Modelled on: shops that call "submitted" a success on the order page, and wait for the callback behind it.
Breaks: what the customer is shown agrees with what happened.
"""

from msgspec.structs import replace

from harness.targets.reference.shop import Shop, View
from harness.targets.reference.tables import Order, State


class DoneWhenAccepted(Shop):
    """Shows the end with the beginning."""

    def show(self, order: Order, pay_url: str | None = None) -> View:
        """Take work under way for work done, where no card is awaited."""
        view = super().show(order, pay_url)
        under_way = order.state == State.CHARGING and self.goods[order.goods].kind != "cards"
        return replace(view, state=State.DONE) if under_way else view
