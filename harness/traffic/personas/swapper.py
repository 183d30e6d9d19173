"""Orders, has the link for it, names dearer goods under the same number, and pays the link."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Heard, Life, Swap


class Swapper(Persona):
    """An order is what it was when it was placed: a newer one under its number never overwrites it.

    Whatever the platform makes of the second submission, what is paid for is what comes.
    """

    buys = frozenset({"phone", "game", "member", "cards"})

    def having(self, order: Heard) -> Life:
        """Order again for something dearer, pay the first link, watch the first order."""
        yield Swap(order.order_no)
        yield from self.think()
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)
