"""The answer comes a few bytes at a time."""

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll, Spoil
from harness.core.units import duration_ms
from harness.faults import CALLS, REPLY, Fault


class Drip(Fault, frozen=True, kw_only=True, tag="drip"):
    """`bytes` at a time, `every` so long (upstream time); 20 s real for the whole answer at most.

    A caller whose timeout counts from byte to byte waits for all of it; one that counts from the start gives up.
    """

    legs: ClassVar[frozenset[Leg]] = REPLY
    ops: ClassVar[frozenset[str] | None] = CALLS

    bytes: Annotated[int, Meta(ge=1)] = 1
    every: str = "1s"

    def __post_init__(self) -> None:
        duration_ms(self.every)

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Say it slowly."""
        spoil = replace(
            planned.spoil or Spoil(), drip_bytes=self.bytes, drip_gap_ms=duration_ms(self.every)
        )
        return (replace(planned, spoil=spoil),)
