"""Buys like anybody else, while somebody else orders under the very number that this customer gave his own order."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Borrow, Life


class Namesake(Persona):
    """A client's number is his own: two customers may both count 1, 2, 3, and each has his own order."""

    buys = frozenset({"phone", "game", "member", "cards"})

    def live(self) -> Life:
        """Order, have it ordered by somebody else under the same number, pay, watch."""
        orders = yield from self.order()
        if not orders:
            return
        yield Borrow(orders[0].order_no)
        yield from self.think()
        paid = yield from self.pay(orders[0])
        yield from self.watch(orders[0], paid=paid)
