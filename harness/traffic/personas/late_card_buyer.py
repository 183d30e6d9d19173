"""Wants a card and pays after the order has expired, when its card may be somebody else's."""

from harness.traffic.personas.card_buyer import CardBuyer
from harness.traffic.steps import Heard, Life, Status, Wait

_EDGE_MS = 20_000.0
_SPREAD_MS = 60_000.0


class LateCardBuyer(CardBuyer):
    """Money that comes too late for a card buys one after all, or goes back."""

    settles_for = frozenset[str]()

    def having(self, order: Heard) -> Life:
        """Look, let it expire, pay 20 to 80 s later, and watch what becomes of the money."""
        yield Status(order.order_no)
        yield Wait(self.its.expiry_ms + _EDGE_MS + _SPREAD_MS * self.roll("late"))
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)
