"""Mistypes the account, sees it, and mends it: half of them before paying, half with the order under way."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Life, Resend, Wait

_SEES_IT_AFTER_MS = 4_000.0


class Corrector(Persona):
    """Of the wrong account and the right one exactly one receives."""

    buys = frozenset({"game", "member"})
    settles_for = frozenset[str]()
    needs = frozenset({"resend"})

    def live(self) -> Life:
        """Order with a slip, mend it now or after paying, watch."""
        orders = yield from self.order(slip=True)
        if not orders:
            return
        order = orders[0]
        at_once = self.roll("sees it at once") < 0.5
        if at_once:
            yield Resend(order.order_no)
        yield from self.think()
        paid = yield from self.pay(order)
        if not at_once:
            yield Wait(_SEES_IT_AFTER_MS * (0.5 + self.roll("sees it")))
            yield Resend(order.order_no)
        yield from self.watch(order, paid=paid)
