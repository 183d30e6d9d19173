"""Cancels the order and leaves, or pays it at that very instant, or pays the link that is still open a little later."""

from harness.traffic.personas import RECHARGES, Part, Persona
from harness.traffic.steps import Cancel, Heard, Life, Pay, Status, Together, Wait

_SECOND_THOUGHTS_MS = 40_000.0


class Canceller(Persona):
    """What is paid for an order that is being cancelled buys it, or goes back; it is never kept over a closed order."""

    buys = RECHARGES | {"cards"}
    needs = frozenset({"cancel"})

    def live(self) -> Life:
        """Order, then do what this third of those who cancel does."""
        orders = yield from self.order()
        if not orders:
            return
        order = orders[0]
        yield from self.think()
        third = int(self.roll("third") * 3)
        if third == 0 or not order.pay_url:
            yield Cancel(order.order_no)
            yield Status(order.order_no)
            return
        paid = yield from (self._at_once(order) if third == 1 else self._afterwards(order))
        yield from self.watch(order, paid=paid)

    def _at_once(self, order: Heard) -> Part[bool]:
        """Cancel on one device while the other pays; returns whether money may have moved."""
        pays = Pay(order.order_no, order.pay_url, order.amount_fen)
        _, paid = yield Together((Cancel(order.order_no), pays))
        return paid.outcome != "fail"

    def _afterwards(self, order: Heard) -> Part[bool]:
        """Cancel, think better of it, and pay; returns whether money may have moved."""
        yield Cancel(order.order_no)
        yield Wait(_SECOND_THOUGHTS_MS * self.roll("thoughts"))
        return (yield from self.pay(order))
