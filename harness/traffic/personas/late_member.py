"""Buys a membership, waits until it is there, and looks a while longer whether its lateness is made good."""

from harness.traffic.personas.svip_member import SvipMember
from harness.traffic.steps import Heard, Life, Status, Wait

_LOOKS = 8
_BETWEEN_MS = 60_000.0


class LateMember(SvipMember):
    """Knows what is promised for goods that come late, and when it must have come."""

    awaits_compensation = True

    def having(self, order: Heard) -> Life:
        """Think, pay, watch, and look again."""
        yield from self.think()
        paid = yield from self.pay(order)
        yield from self.watch(order, paid=paid)
        for _ in range(_LOOKS if paid else 0):
            yield Wait(_BETWEEN_MS)
            yield Status(order.order_no)
