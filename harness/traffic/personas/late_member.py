"""Buys a membership, waits until it is there, and looks a while longer whether its lateness is made good."""

from harness.traffic.personas.svip_member import SvipMember
from harness.traffic.steps import Life, Status, Wait

_LOOKS = 8
_BETWEEN_MS = 60_000.0


class LateMember(SvipMember):
    """Knows what is promised for goods that come late, and when it must have come."""

    awaits_compensation = True

    def live(self) -> Life:
        """Order, think, pay, watch, and look again."""
        orders = yield from self.order()
        if not orders:
            return
        yield from self.think()
        paid = yield from self.pay(orders[0])
        yield from self.watch(orders[0], paid=paid)
        for _ in range(_LOOKS if paid else 0):
            yield Wait(_BETWEEN_MS)
            yield Status(orders[0].order_no)
