"""The answer promises its length and breaks off in the middle."""

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll, Spoil
from harness.faults import CALLS, REPLY, Fault


class Truncate(Fault, frozen=True, kw_only=True, tag="truncate"):
    """`keep` is the share of the promised body that is sent before the connection closes."""

    legs: ClassVar[frozenset[Leg]] = REPLY
    ops: ClassVar[frozenset[str] | None] = CALLS

    keep: Annotated[float, Meta(ge=0, lt=1)] = 0.5

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Break off."""
        return (replace(planned, spoil=replace(planned.spoil or Spoil(), cut=self.keep)),)
