"""Pays on the gateway's page, which leads back to the platform's return page at the instant of the notification."""

from harness.traffic.personas import RECHARGES, Persona
from harness.traffic.steps import ComeBack, Heard, Life, Pay


class Returner(Persona):
    """Return page and notification tell the same payment twice: the goods come once."""

    buys = RECHARGES | {"cards"}

    def having(self, order: Heard) -> Life:
        """Pay on the web, come back where the gateway has a page that leads back, watch."""
        yield from self.think()
        (paid,) = yield Pay(order.order_no, order.pay_url, order.amount_fen, returns=True)
        if paid.back:
            yield ComeBack(order.order_no, paid.back)
        moved = paid.outcome == "ok" or (yield from self.pay(order))
        yield from self.watch(order, paid=moved)
