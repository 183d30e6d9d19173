"""Asks for the goods once more when the order has ended: as if nothing had come, or though the money went back."""

from harness.traffic.personas import RECHARGES, Persona
from harness.traffic.steps import Heard, Life, Resend, Status, Wait

_PAUSE_MS = 20_000.0


class Insistent(Persona):
    """Redelivery is for goods that did not come: what was delivered, or paid back, is not delivered once more."""

    buys = RECHARGES | {"cards"}
    needs = frozenset({"resend"})

    def having(self, order: Heard) -> Life:
        """Pay, watch to the end, ask again three times, and look what that has brought."""
        yield from self.think()
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)
        for again in ("once", "twice", "three times"):
            yield Wait(_PAUSE_MS * (0.5 + self.roll(again)))
            yield Resend(order.order_no)
        yield Wait(_PAUSE_MS)
        yield Status(order.order_no)
