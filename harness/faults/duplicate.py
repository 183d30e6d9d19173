"""The same notification arrives several times, one after the other or at the same instant."""

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.core.units import duration_ms
from harness.faults import NOTIFY, Fault


class Duplicate(Fault, frozen=True, kw_only=True, tag="duplicate"):
    """`copies` in all, `apart` in upstream time; 0 means at once, from as many senders."""

    legs: ClassVar[frozenset[Leg]] = NOTIFY

    copies: Annotated[int, Meta(ge=2, le=100)] = 2
    apart: str = "0"

    def __post_init__(self) -> None:
        duration_ms(self.apart)

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Send it again and again."""
        gap = duration_ms(self.apart)
        return tuple(
            replace(planned, copy=planned.copy + i, after_ms=planned.after_ms + i * gap)
            for i in range(self.copies)
        )
