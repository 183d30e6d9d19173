"""Changes the price in a form or request to a fen before sending it; if that is refused, buys like anybody else."""

from harness.traffic.personas import RECHARGES, Persona
from harness.traffic.steps import Life, Place


class Haggler(Persona):
    """A tampered price is refused, or nobody heeds it: what is asked of him is the listed price."""

    buys = RECHARGES | {"cards"}

    def live(self) -> Life:
        """Order at a price of his own; whatever order comes of it, pay what is asked and watch."""
        heard = yield Place(haggles=True)
        orders = [one for one in heard if one.outcome == "ok"] or (yield from self.order())
        if not orders:
            return
        yield from self.think()
        paid = yield from self.pay(orders[0])
        yield from self.watch(orders[0], paid=paid)
