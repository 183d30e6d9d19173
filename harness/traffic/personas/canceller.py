"""Cancels the order, and leaves, or pays it at that very instant, or a little later; or cancels what was just paid."""

from harness.traffic.personas import RECHARGES, Part, Persona
from harness.traffic.steps import Cancel, Heard, Life, Pay, Status, Together, Wait

_SECOND_THOUGHTS_MS = 40_000.0
_REGRETS_MS = 10_000.0


class Canceller(Persona):
    """What is paid for an order that is being cancelled buys it, or goes back: never both, and never neither."""

    buys = RECHARGES | {"cards"}
    needs = frozenset({"cancel"})

    def having(self, order: Heard) -> Life:
        """Do what this quarter of those who cancel does."""
        yield from self.think()
        ways = (self._leave, self._at_once, self._afterwards, self._before)
        way = ways[int(self.roll("quarter") * len(ways))] if order.pay_url else self._leave
        paid = yield from way(order)
        if paid is not None:
            yield from self.watch(order, paid=paid)

    def _leave(self, order: Heard) -> Part[bool | None]:
        """Cancel, and look once."""
        yield Cancel(order.order_no)
        yield Status(order.order_no)
        return None

    def _at_once(self, order: Heard) -> Part[bool | None]:
        """Cancel on one device while the other pays; returns whether money may have moved."""
        pays = Pay(order.order_no, order.pay_url, order.amount_fen)
        _, paid = yield Together((Cancel(order.order_no), pays))
        return paid.outcome != "fail"

    def _afterwards(self, order: Heard) -> Part[bool | None]:
        """Cancel, think better of it, and pay; returns whether money may have moved."""
        yield Cancel(order.order_no)
        yield Wait(_SECOND_THOUGHTS_MS * self.roll("thoughts"))
        return (yield from self.pay(order))

    def _before(self, order: Heard) -> Part[bool | None]:
        """Pay, regret it, and cancel with the order under way; returns whether money may have moved."""
        paid = yield from self.pay(order)
        yield Wait(_REGRETS_MS * self.roll("regrets"))
        yield Cancel(order.order_no)
        return paid
