"""An old notification, valid once, is sent again later."""

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.core.units import duration_ms
from harness.faults import NOTIFY, Fault


class Replay(Fault, frozen=True, kw_only=True, tag="replay"):
    """`times` more, each `later` than the one before (upstream time); `fresh` signs anew instead of the same bytes."""

    legs: ClassVar[frozenset[Leg]] = NOTIFY
    ops: ClassVar[frozenset[str] | None] = frozenset(
        {"pay", "refund", "complain", "submit", "claim"}
    )

    times: Annotated[int, Meta(ge=1, le=100)] = 1
    later: str = "10m"
    fresh: bool = False

    def __post_init__(self) -> None:
        if duration_ms(self.later) <= 0:
            raise ValueError("a span above 0 to come later")

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Send the old one again."""
        gap = duration_ms(self.later)
        again = (
            replace(
                planned,
                copy=planned.copy + i,
                after_ms=planned.after_ms + i * gap,
                echo=not self.fresh,
                stops=False,
            )
            for i in range(1, self.times + 1)
        )
        return (planned, *again)
