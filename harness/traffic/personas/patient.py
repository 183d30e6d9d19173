"""Orders, thinks, pays, and looks now and then until the goods are there or half an hour has passed."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Heard, Life


class Patient(Persona):
    """The customer whom every platform is built for."""

    def having(self, order: Heard) -> Life:
        """Think, pay, watch."""
        yield from self.think()
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)
