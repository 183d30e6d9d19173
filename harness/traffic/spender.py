"""A customer with several orders in one life: a top-up, and what is paid from the balance.

Each is an intent of its own, so that every law of orders judges it; a later one is wanted when it is first asked for.
"""

from collections.abc import Sequence

from harness.core.clock import now_ns, tick_s
from harness.traffic.customer import Customer
from harness.traffic.intents import Intent
from harness.traffic.steps import Deed, Heard, Line, Step
from harness.traffic.surroundings import Surroundings


class Spender(Customer):
    """The first of `intents` arrives by itself, the others when its persona gets to them; some perhaps never do."""

    def __init__(
        self, around: Surroundings, intents: Sequence[Intent], due_ns: int, due_s: float
    ) -> None:
        super().__init__(around, intents[0], due_ns, due_s)
        self._intents = intents
        self._lines: dict[int, Customer] = {0: self}

    def take(self, step: Step) -> list[Heard]:
        """Carry out a step; one for a line is that line's."""
        return [self.do(step)] if isinstance(step, Line) else super().take(step)

    def do(self, deed: Deed | Line) -> Heard:
        """Do one thing, for a line if it says so."""
        return self._line(deed.at).do(deed.deed) if isinstance(deed, Line) else super().do(deed)

    def end(self) -> None:
        """Close the ledger of each order that was wanted."""
        super().end()
        for at, line in self._lines.items():
            if at:
                line.end()

    def _line(self, at: int) -> Customer:
        if at not in self._lines:
            line = Customer(self._around, self._intents[at], now_ns(), tick_s())
            line.begin(first=self._intent.number)
            self._lines[at] = line
        return self._lines[at]
