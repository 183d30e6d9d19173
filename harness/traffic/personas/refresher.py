"""Pays and refreshes the page every second or two, as people do who do not trust it, and some times more at the end."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Heard, Life, Status, Wait

_FIRST_LOOK_MS = 1_500.0
_LONGEST_LOOK_MS = 20_000.0
_LOOKS_AFTERWARDS = 6
_BETWEEN_MS = 12_000.0


class Refresher(Persona):
    """Whoever looks often sees every step back that a cache or a replica takes."""

    def having(self, order: Heard) -> Life:
        """Pay, look again and again, and then whether it still is so."""
        paid = yield from self.pay(order)
        yield from self.watch(
            order,
            paid=paid,
            first_ms=_FIRST_LOOK_MS,
            growth=1.05,
            longest_ms=_LONGEST_LOOK_MS,
        )
        for look in range(_LOOKS_AFTERWARDS):
            yield Wait(_BETWEEN_MS * (0.5 + self.roll(f"afterwards {look}")))
            yield Status(order.order_no)
