"""Buys like anybody else, while somebody else, with a session of his own, asks for the order by its number."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Life, Trespass


class Overlooked(Persona):
    """Other people's orders and cards are unreadable, before they are delivered and afterwards."""

    buys = frozenset({"phone", "game", "member", "cards"})
    needs = frozenset({"login"})

    def live(self) -> Life:
        """Order, be spied on, pay, watch, be spied on again."""
        orders = yield from self.order()
        if not orders:
            return
        yield Trespass(orders[0].order_no)
        yield from self.think()
        paid = yield from self.pay(orders[0])
        yield from self.watch(orders[0], paid=paid)
        yield Trespass(orders[0].order_no)
