"""A query is answered from an old copy of the books."""

from typing import ClassVar, Literal

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.core.units import duration_ms
from harness.faults import REPLY, Fault


class Stale(Fault, frozen=True, kw_only=True, tag="stale"):
    """What changed less than `lag` ago (upstream time) is not shown yet; `attempts: all` is a replica that lags.

    With `hides` what came to be less than `lag` ago is not there at all: several operators say of their queries that
    "no such order" means something a minute after the submit and no sooner.

    Source: showdoc 114api (1006), mf178 (10015), read 2026-11-22.
    """

    legs: ClassVar[frozenset[Leg]] = REPLY
    ops: ClassVar[frozenset[str] | None] = frozenset({"query"})

    lag: str = "30s"
    hides: bool = False

    def __post_init__(self) -> None:
        if duration_ms(self.lag) <= 0:
            raise ValueError("a span above 0 to lag behind")

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Show the past."""
        how: Literal["blind", "stale"] = "blind" if self.hides else "stale"
        return (replace(planned, shows=how, shows_ms=duration_ms(self.lag)),)
