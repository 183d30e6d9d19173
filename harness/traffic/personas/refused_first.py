"""Is refused by the bank: balance, limit, frozen card, expired session. Comes back with another card, or goes home."""

from typing import get_args

from harness.traffic.personas import Persona
from harness.traffic.steps import Heard, Life, Pay, Refusal, Status, Wait

GOES_HOME_SHARE = 0.25
_FINDS_ANOTHER_CARD_MS = 60_000.0


class RefusedFirst(Persona):
    """A refused payment changes nothing, and the order can be paid as if nothing had happened."""

    def having(self, order: Heard) -> Life:
        """Be refused, look, then pay otherwise or leave it."""
        yield from self.think()
        reasons: tuple[Refusal, ...] = get_args(Refusal)
        refusal = reasons[int(self.roll("refusal") * len(reasons))]
        yield Pay(order.order_no, order.pay_url, order.amount_fen, how="refused", refusal=refusal)
        yield Status(order.order_no)
        if self.roll("goes home") < GOES_HOME_SHARE:
            return
        yield Wait(_FINDS_ANOTHER_CARD_MS * (0.5 + self.roll("card")))
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)
