"""Notifications of many different orders are held, and arrive at the same instant."""

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from harness.core.delivery import Delivery, Gate, Leg, Roll
from harness.core.units import duration_ms
from harness.faults import NOTIFY, Fault


class Burst(Fault, frozen=True, kw_only=True, tag="burst"):
    """Those of `size` orders go together; once one waited `at_most` (upstream time), all that are there go."""

    legs: ClassVar[frozenset[Leg]] = NOTIFY
    ops: ClassVar[frozenset[str] | None] = frozenset({"pay", "refund", "submit"})

    size: Annotated[int, Meta(ge=2, le=1000)] = 8
    at_most: str = "30s"

    def __post_init__(self) -> None:
        duration_ms(self.at_most)

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Let it wait for the others."""
        gate = Gate(on="crowd", size=self.size, at_most_ms=duration_ms(self.at_most))
        return (replace(planned, gate=gate),)
