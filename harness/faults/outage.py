"""The upstream is out: whoever calls while the window lasts gets a reset, silence, or its maintenance answer."""

from typing import ClassVar, Literal

from msgspec.structs import replace

from harness.core.delivery import Conduct, Delivery, Leg, Roll
from harness.faults import Fault
from harness.faults.status import Condition


class Outage(Fault, frozen=True, kw_only=True, tag="outage"):
    """Strikes every operation of the upstream by the clock; the strike needs a `window`."""

    legs: ClassVar[frozenset[Leg]] = frozenset({Leg.REQUEST})
    by_clock: ClassVar[bool] = True

    answer: Literal["reset", "hang", "maintenance", "rate_limited"] = "reset"

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Let nothing through."""
        if self.answer in {Condition.MAINTENANCE, Condition.RATE_LIMITED}:
            return (replace(planned, code=self.answer),)
        conduct = Conduct.RESET if self.answer == "reset" else Conduct.HANG
        return (replace(planned, conduct=conduct),)
