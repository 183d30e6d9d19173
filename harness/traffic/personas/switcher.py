"""Orders for one gateway and pays through another: asks for a second link before paying, and leaves the first alone."""

from harness.traffic.personas import RECHARGES, Persona
from harness.traffic.steps import Heard, Life


class Switcher(Persona):
    """What was paid through the second gateway buys the order, and what must go back goes back through it."""

    buys = RECHARGES | {"cards"}

    def having(self, order: Heard) -> Life:
        """Change the mind where there is another gateway, pay once, watch."""
        yield from self.think()
        second = yield from self.second_link(order)
        if second is None:
            paid = yield from self.pay(order)
        else:
            (heard,) = yield second
            paid = heard.outcome != "fail" or (yield from self.pay(order))
        yield from self.watch(order, paid=paid)
