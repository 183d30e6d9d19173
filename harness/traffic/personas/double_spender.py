"""Tops up a wallet, and presses at the same instant for more orders than there is money for."""

from harness.traffic.personas import Part
from harness.traffic.spending import Spending
from harness.traffic.steps import Line, ReadWallet


class DoubleSpender(Spending):
    """Of orders that each find enough in the balance, and together do not, only so many are taken as it can pay."""

    spends = 4
    overspends = True

    def spend(self) -> Part[None]:
        """Look what is there, press once more than it is good for (or as often as there are orders), look again."""
        (seen,) = yield Line(self.lines[0], ReadWallet())
        price_fen, balance_fen = self.its.price_fen, seen.balance_fen or 0
        presses = max(2, balance_fen // price_fen + 1) if price_fen else self.spends
        yield from self.buy_at_once(self.lines[: min(presses, self.spends)])
