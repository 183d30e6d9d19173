"""Buys card codes and waits until they can be read; half of them look at the order once before they pay."""

from harness.traffic.personas import RECHARGES, Circumstances, Persona
from harness.traffic.steps import Heard, Life, Status

LOOKS_FIRST_SHARE = 0.5
_LOOKS_FOR_CODES = 5


class CardBuyer(Persona):
    """A delivered order without a code is not what was paid for: looks a few times more before giving up."""

    buys = frozenset({"cards"})
    settles_for = RECHARGES

    def __init__(self, circumstances: Circumstances) -> None:
        super().__init__(circumstances)
        self._looks_without_codes = 0

    def having(self, order: Heard) -> Life:
        """Think, perhaps look, pay, watch until the codes are shown."""
        yield from self.think()
        if self.roll("looks first") < LOOKS_FIRST_SHARE:
            yield Status(order.order_no)
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)

    def content(self, seen: Heard, *, paid: bool) -> bool:
        """Be content with a code, or with a final state that has none coming."""
        if seen.state == "delivered" and not seen.cards:
            self._looks_without_codes += 1
            return self._looks_without_codes >= _LOOKS_FOR_CODES
        return super().content(seen, paid=paid)
