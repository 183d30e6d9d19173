"""Leaves the cashier open and pays after the order has expired, minutes or an hour late."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Heard, Life, Wait

_SOONEST_MS = 5_000.0
_LATEST_MS = 3_600_000.0


class LatePayer(Persona):
    """Money that comes after the order was closed is refused by the gateway, goes back, or buys the goods after all."""

    def having(self, order: Heard) -> Life:
        """Let it expire, pay, and watch what becomes of the money."""
        yield Wait(self.its.expiry_ms + self._late_ms())
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)

    def _late_ms(self) -> float:
        """Return how late: seconds are as likely as minutes, and minutes as an hour."""
        return float(_SOONEST_MS * (_LATEST_MS / _SOONEST_MS) ** self.roll("late"))
