"""Orders, thinks, pays, and looks now and then until the goods are there or half an hour has passed."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Life


class Patient(Persona):
    """The customer whom every platform is built for."""

    def live(self) -> Life:
        """Order, think, pay, watch."""
        orders = yield from self.order()
        if not orders:
            return
        yield from self.think()
        paid = yield from self.pay(orders[0])
        yield from self.watch(orders[0], paid=paid)
