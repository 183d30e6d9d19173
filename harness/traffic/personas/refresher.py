"""Pays and refreshes the page every second or two, as people do who do not trust it."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Life

_FIRST_LOOK_MS = 1_500.0
_LONGEST_LOOK_MS = 20_000.0


class Refresher(Persona):
    """Whoever looks often sees every step back that a cache or a replica takes."""

    def live(self) -> Life:
        """Order, pay, look again and again."""
        orders = yield from self.order()
        if not orders:
            return
        paid = yield from self.pay(orders[0])
        yield from self.watch(
            orders[0],
            paid=paid,
            first_ms=_FIRST_LOOK_MS,
            growth=1.05,
            longest_ms=_LONGEST_LOOK_MS,
        )
