"""Tops up a wallet with the platform and looks whether it is there; half of them pay the same link twice."""

from harness.traffic.personas import RECHARGES, Persona
from harness.traffic.steps import Heard, Life, Pay, ReadWallet

IMPATIENT_SHARE = 0.5


class TopperUp(Persona):
    """What was paid in is there, once, and in time; what was paid twice is there twice, or goes back."""

    buys = frozenset({"topup"})
    settles_for = RECHARGES | {"cards"}
    needs = frozenset({"wallet"})

    def having(self, order: Heard) -> Life:
        """Think, pay, look at the order and at the wallet."""
        yield from self.think()
        if self.roll("impatient") < IMPATIENT_SHARE:
            yield ReadWallet()
            (heard,) = yield Pay(order.order_no, order.pay_url, order.amount_fen, how="twice")
            paid = heard.outcome != "fail" or (yield from self.pay(order))
        else:
            paid = yield from self.pay(order)
        yield ReadWallet()
        yield from self.watch(order, paid=paid)
        yield ReadWallet()
