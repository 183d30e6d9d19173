"""Tops up a wallet with the platform, where it sells top-ups, and pays two orders from it, one after the other."""

from harness.traffic.personas import Part
from harness.traffic.spending import Spending


class BalanceBuyer(Spending):
    """What is paid from the balance is served, or given back into it, and the balance is the sum of its lines."""

    spends = 2

    def spend(self) -> Part[None]:
        """Buy, look, think, buy again."""
        first, second = self.lines
        yield from self.buy(first)
        yield from self.think()
        yield from self.buy(second)
