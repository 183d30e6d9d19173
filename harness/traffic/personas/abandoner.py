"""Orders and walks away: a third never pays, a third pays shortly before the order expires, a third after it."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Heard, Life, Status, Wait

_EDGE_MS = 20_000.0
_SPREAD_MS = 60_000.0


class Abandoner(Persona):
    """Money that comes late must end in goods or be given back."""

    def having(self, order: Heard) -> Life:
        """Then do what this third of the abandoners does."""
        third = int(self.roll("third") * 3)
        if third == 0:
            yield from self.think()
            yield Status(order.order_no)
            return
        yield Wait(self._late_ms(after=third == 2))
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)

    def _late_ms(self, *, after: bool) -> float:
        """Return 20 to 80 s before the order expires, or after it; never negative."""
        edge_ms = _EDGE_MS + _SPREAD_MS * self.roll("late")
        return max(0.0, self.its.expiry_ms + (edge_ms if after else -edge_ms))
