"""Notifications overtake one another: each struck one is displaced within a span, so that later ones arrive first."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.core.units import duration_ms
from harness.faults import NOTIFY, Fault


class Reorder(Fault, frozen=True, kw_only=True, tag="reorder"):
    """Displace by a keyed, uniform part of `within` (upstream time): neighbours closer than that may swap."""

    legs: ClassVar[frozenset[Leg]] = NOTIFY

    within: str

    def __post_init__(self) -> None:
        if duration_ms(self.within) <= 0:
            raise ValueError("a span above 0 to reorder within")

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:
        """Move it back in the queue."""
        moved = duration_ms(self.within) * roll("reorder")
        return (replace(planned, after_ms=planned.after_ms + moved),)
