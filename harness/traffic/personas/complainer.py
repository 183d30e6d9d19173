"""Pays, and complains at the gateway within seconds if the goods are not there; then waits like anybody else."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Complain, Heard, Life, Status, Wait

_COMPLAINS_AFTER_MS = 6_000.0


class Complainer(Persona):
    """A complaint is answered in time, and closed only by goods or refund."""

    needs = frozenset({"complaints"})
    complains = True

    def having(self, order: Heard) -> Life:
        """Pay, wait a little, look, complain, watch."""
        yield from self.think()
        paid = yield from self.pay(order)
        yield Wait(_COMPLAINS_AFTER_MS * (0.5 + self.roll("complains")))
        (seen,) = yield Status(order.order_no)
        if paid and not self.content(seen, paid=paid):
            yield Complain(order.order_no, order.pay_url)
        yield from self.watch(order, paid=paid)
