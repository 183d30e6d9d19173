"""Orders, does not pay, and goes back to the shop as whoever has paid does, with a signature of his own."""

from harness.traffic.personas import Persona
from harness.traffic.steps import GoBack, Life


class Pretender(Persona):
    """What a browser brings along proves nothing unless the gateway has signed it."""

    buys = frozenset({"phone", "game", "member", "cards"})

    def live(self) -> Life:
        """Order, go back unpaid, look what came of it."""
        orders = yield from self.order()
        if not orders:
            return
        yield from self.think()
        yield GoBack(orders[0].order_no, orders[0].pay_url)
        yield from self.watch(orders[0], paid=False)
