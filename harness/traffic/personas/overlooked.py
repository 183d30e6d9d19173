"""Buys like anybody else, while somebody else, with a session of his own, asks for the order by its number."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Heard, Life, Trespass


class Overlooked(Persona):
    """Other people's orders and cards are unreadable, before they are delivered and afterwards."""

    buys = frozenset({"phone", "game", "member", "cards"})
    needs = frozenset({"login"})

    def having(self, order: Heard) -> Life:
        """Be spied on, pay, watch, be spied on again."""
        yield Trespass(order.order_no)
        yield from self.think()
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)
        yield Trespass(order.order_no)
