"""Buys like anybody else, while somebody else, with a session of his own, wants the goods sent to his account."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Heard, Life, Meddle, Wait

_LOOKS_AWAY_MS = 4_000.0


class Meddled(Persona):
    """An order's account is its owner's to mend: half of the attempts come before it is paid, half afterwards."""

    buys = frozenset({"game", "member"})
    settles_for = frozenset[str]()
    needs = frozenset({"resend"})
    meddles = True

    def having(self, order: Heard) -> Life:
        """Be meddled with now or after paying, watch."""
        at_once = self.roll("at once") < 0.5
        if at_once:
            yield Meddle(order.order_no)
        yield from self.think()
        paid = yield from self.pay(order)
        if not at_once:
            yield Wait(_LOOKS_AWAY_MS * self.roll("how soon"))
            yield Meddle(order.order_no)
        yield from self.watch(order, paid=paid)
