"""Pays twice for one order: through two channels one after the other, or the same link twice at one instant."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Heard, Life, Pay, Wait

_LOSES_FAITH_MS = 15_000.0


class DoublePayer(Persona):
    """Two payments of one order: the goods come once, and one of the payments goes back."""

    def having(self, order: Heard) -> Life:
        """Get a second link where there is one, pay both; else pay the one link twice."""
        yield from self.think()
        second = yield from self.second_link(order)
        if second is None:
            yield Pay(order.order_no, order.pay_url, order.amount_fen, how="twice")
            yield from self.watch(order, paid=True)
            return
        paid = yield from self.pay(order)
        yield Wait(_LOSES_FAITH_MS * (0.5 + self.roll("faith")))
        (again,) = yield second
        yield from self.watch(order, paid=paid or again.outcome != "fail")
