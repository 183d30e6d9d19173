"""Pays on one phone while the other asks for a link of another gateway, and pays that as well if it comes."""

from harness.traffic.personas import RECHARGES, Part, Persona
from harness.traffic.steps import Heard, Life, Pay, PayLink, Together


class TwoPhones(Persona):
    """Whoever makes a second link while the first is paid must not write over the payment what was read before it.

    The goods come once; if both links were paid, one of the payments goes back.
    """

    buys = RECHARGES | {"cards"}

    def having(self, order: Heard) -> Life:
        """Pay and ask for another link at one instant, pay what that brings, watch."""
        yield from self.think()
        paid = yield from self._both(order, self.other_gateway())
        yield from self.watch(order, paid=paid or (yield from self.pay(order)))

    def _both(self, order: Heard, gateway: str | None) -> Part[bool]:
        """Do both at one instant where there is another gateway; returns whether money may have moved."""
        if gateway is None or not order.pay_url:
            return False
        first = Pay(order.order_no, order.pay_url, order.amount_fen)
        link, one = yield Together((PayLink(order.order_no, gateway), first))
        if link.outcome != "ok" or not link.pay_url:
            return one.outcome != "fail"
        (two,) = yield Pay(order.order_no, link.pay_url, order.amount_fen, gateway=gateway)
        return {one.outcome, two.outcome} != {"fail"}
