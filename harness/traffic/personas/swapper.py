"""Orders, has the link for it, names dearer goods under the same number, and pays the link."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Life, Swap


class Swapper(Persona):
    """An order is what it was when it was placed: a newer one under its number never overwrites it.

    Whatever the platform makes of the second submission, what is paid for is what comes.
    """

    buys = frozenset({"phone", "game", "member", "cards"})

    def live(self) -> Life:
        """Order, order again for something dearer, pay the first link, watch the first order."""
        orders = yield from self.order()
        if not orders:
            return
        yield Swap(orders[0].order_no)
        yield from self.think()
        paid = yield from self.pay(orders[0])
        yield from self.watch(orders[0], paid=paid)
