"""Taps twice: submits twice, pays twice at the same instant, sometimes through a second channel, refreshes often."""

from harness.traffic.personas import Part, Persona
from harness.traffic.steps import Heard, Life, Pay, PayLink, Status, Together, Wait

SECOND_CHANNEL_SHARE = 0.4
_FIRST_LOOK_MS = 3_000.0
_LONGEST_LOOK_MS = 60_000.0
_TAPS_AGAIN_AFTER_MS = 15_000.0


class Impatient(Persona):
    """Double taps must cost the customer nothing: one submission is one order, and one charge remains."""

    def live(self) -> Life:
        """Order twice, pay everything payable at once, watch closely."""
        orders = yield from self.order(copies=2)
        if not orders:
            return
        payments = [_payment(order) for order in (orders * 2)[:2]]
        payments += yield from self._second_channel(orders[0])
        paid = yield from self._pay_all(payments)
        yield from self.watch(
            orders[0],
            paid=paid,
            first_ms=_FIRST_LOOK_MS,
            growth=1.3,
            longest_ms=_LONGEST_LOOK_MS,
        )
        for other in {order.order_no for order in orders} - {orders[0].order_no}:
            yield Status(other)

    def _second_channel(self, order: Heard) -> Part[list[Pay]]:
        """Ask for a link of another gateway before paying, as with the second of two phones."""
        others = [name for name in self.its.gateways if name != self.its.gateway]
        if not (others and self.its.offers_pay_link) or self.roll("second") >= SECOND_CHANNEL_SHARE:
            return []
        gateway = others[int(self.roll("which") * len(others))]
        (link,) = yield PayLink(order.order_no, gateway)
        if link.outcome != "ok" or not link.pay_url:
            return []
        return [Pay(order.order_no, link.pay_url, order.amount_fen, gateway=gateway)]

    def _pay_all(self, payments: list[Pay]) -> Part[bool]:
        """Pay at once; if surely nothing was taken, tap once more. Returns whether money may have moved."""
        heard = yield Together(tuple(payments))
        if any(_moved(one) for one in heard):
            return True
        yield Wait(_TAPS_AGAIN_AFTER_MS)
        heard = yield payments[0]
        return any(_moved(one) for one in heard)


def _payment(order: Heard) -> Pay:
    return Pay(order.order_no, order.pay_url, order.amount_fen)


def _moved(paid: Heard) -> bool:
    return paid.outcome != "fail" or paid.reason == "already_paid"
