"""Buys like anybody else, while somebody else orders under the very number that this customer gave his own order."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Borrow, Heard, Life


class Namesake(Persona):
    """A client's number is his own: two customers may both count 1, 2, 3, and each has his own order."""

    buys = frozenset({"phone", "game", "member", "cards"})

    def having(self, order: Heard) -> Life:
        """Have it ordered by somebody else under the same number, pay, watch."""
        yield Borrow(order.order_no)
        yield from self.think()
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)
