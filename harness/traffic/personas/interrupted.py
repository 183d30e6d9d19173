"""Breaks off half way through paying (支付中); then pays after all, or gives up and looks once more."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Heard, Life, Pay, Status, Wait

GIVES_UP_SHARE = 0.4
_AWAY_MS = 90_000.0


class Interrupted(Persona):
    """A payment that never ended must not be believed, and one that ends later must not be missed."""

    def having(self, order: Heard) -> Life:
        """Break off, stay away for a while, then pay or give up."""
        yield from self.think()
        yield Pay(order.order_no, order.pay_url, order.amount_fen, how="breaks_off")
        yield Wait(_AWAY_MS * (0.5 + self.roll("away")))
        if self.roll("gives up") < GIVES_UP_SHARE:
            yield Status(order.order_no)
            return
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)
