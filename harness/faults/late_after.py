"""A notification of a payment comes when the trade was closed or refunded already."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Gate, Leg, Roll
from harness.core.units import duration_ms
from harness.faults import NOTIFY, Fault


class LateAfter(Fault, frozen=True, kw_only=True, tag="late_after"):
    """It waits for a close or a refund, `at_most` so long (upstream time); with `again` it is sent in time as well."""

    legs: ClassVar[frozenset[Leg]] = NOTIFY
    ops: ClassVar[frozenset[str] | None] = frozenset({"pay"})

    at_most: str = "30m"
    again: bool = False

    def __post_init__(self) -> None:
        duration_ms(self.at_most)

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Let it wait."""
        gate = Gate(on="undone", at_most_ms=duration_ms(self.at_most))
        if not self.again:
            return (replace(planned, gate=gate),)
        return (planned, replace(planned, copy=planned.copy + 1, gate=gate))
