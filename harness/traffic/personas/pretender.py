"""Never pays: opens the platform's return page by a URL of his own making, as if the gateway had led him back."""

from typing import get_args

from harness.traffic.personas import RECHARGES, Persona
from harness.traffic.steps import ComeBack, Forgery, Heard, Life, Pay, Status, Wait

_LOOKS_AFTER_MS = (5_000.0, 30_000.0)


class Pretender(Persona):
    """A return page says no more than a notification does: without the gateway's signature, nothing."""

    buys = RECHARGES | {"cards"}

    def having(self, order: Heard) -> Life:
        """Go to the cashier, come back without having paid, look twice whether somebody believed it."""
        kinds: tuple[Forgery, ...] = get_args(Forgery)
        forgery = kinds[int(self.roll("forgery") * len(kinds))]
        yield from self.think()
        (seen,) = yield Pay(order.order_no, order.pay_url, how="pretends", forgery=forgery)
        if seen.back:
            yield ComeBack(order.order_no, seen.back, made_up=True)
        for wait_ms in _LOOKS_AFTER_MS:
            yield Wait(wait_ms)
            yield Status(order.order_no)
