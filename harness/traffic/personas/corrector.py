"""Mistypes the account, sees it, and mends it: before paying, while paying, or with the order under way."""

from harness.traffic.personas import Part, Persona
from harness.traffic.steps import Heard, Life, Pay, Resend, Together, Wait

_SEES_IT_AFTER_MS = 4_000.0
_BEFORE, _WHILE = 0.4, 0.6
"""Whose roll is below the first mends before paying, below the second while paying."""


class Corrector(Persona):
    """Of the wrong account and the right one exactly one receives."""

    buys = frozenset({"game", "member"})
    settles_for = frozenset[str]()
    needs = frozenset({"resend"})

    def live(self) -> Life:
        """Order with a slip, mend it now, at the instant of paying or afterwards, watch."""
        orders = yield from self.order(slip=True)
        if not orders:
            return
        order = orders[0]
        sees_it = self.roll("sees it at once")
        if sees_it < _BEFORE:
            yield Resend(order.order_no)
        yield from self.think()
        paid = yield from self._pay(order, mends=_BEFORE <= sees_it < _WHILE)
        if sees_it >= _WHILE:
            yield Wait(_SEES_IT_AFTER_MS * (0.5 + self.roll("sees it")))
            yield Resend(order.order_no)
        yield from self.watch(order, paid=paid)

    def _pay(self, order: Heard, *, mends: bool) -> Part[bool]:
        """Pay, and mend at the same instant on another device; returns whether money may have moved."""
        if mends and order.pay_url:
            pays = Pay(order.order_no, order.pay_url, order.amount_fen)
            _, paid = yield Together((Resend(order.order_no), pays))
            if paid.outcome != "fail":
                return True
        return (yield from self.pay(order))
