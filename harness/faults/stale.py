"""A query is answered from an old copy of the books."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.core.units import duration_ms
from harness.faults import REPLY, Fault


class Stale(Fault, frozen=True, kw_only=True, tag="stale"):
    """What changed less than `lag` ago (upstream time) is not shown yet; `attempts: all` is a replica that lags."""

    legs: ClassVar[frozenset[Leg]] = REPLY
    ops: ClassVar[frozenset[str] | None] = frozenset({"query"})

    lag: str = "30s"

    def __post_init__(self) -> None:
        if duration_ms(self.lag) <= 0:
            raise ValueError("a span above 0 to lag behind")

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Show the past."""
        return (replace(planned, shows="stale", shows_ms=duration_ms(self.lag)),)
