"""On a train: the line breaks while the order is being sent, or before the answer is there; tries again, same token."""

from harness.traffic.personas.patient import Patient
from harness.traffic.steps import Place

_TUNNELS = 2
"""So many times the line breaks: once with half of the order on its way, once with all of it."""


class Flaky(Patient):
    """Who cannot know whether he has ordered orders again, and has ordered once."""

    buys = frozenset({"phone", "game", "member", "cards"})

    def placing(self, attempt: int, *, slip: bool) -> Place:
        """Break off the first time, half of them the second time as well, then get through."""
        first = self.roll("tunnel") < 0.5
        if attempt == 1:
            return Place(attempt, slip, breaks="half" if first else "whole")
        if attempt == _TUNNELS and first:
            return Place(attempt, slip, breaks="whole")
        return super().placing(attempt, slip=slip)
