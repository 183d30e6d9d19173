"""Has somebody's password: logs in from a device that never was his, and orders for an account of his own."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Intrude, Life


class SessionThief(Persona):
    """The owner is told of the login, and what a new device may not buy is refused before anybody pays."""

    needs = frozenset({"login"})
    intrudes = True

    def live(self) -> Life:
        """Get in, order, pay, watch."""
        (entered,) = yield Intrude()
        if entered.outcome != "ok":
            return
        orders = yield from self.order()
        if not orders:
            return
        yield from self.think()
        paid = yield from self.pay(orders[0])
        yield from self.watch(orders[0], paid=paid)
