"""The upstream changes its key in the middle of the run: what it signs is signed with the next one."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Conduct, Delivery, Leg, Roll, Signature
from harness.core.units import duration_ms
from harness.faults import Fault


class Rotate(Fault, frozen=True, kw_only=True, tag="rotate"):
    """On `notify` and, where answers are signed, on `reply` the next key signs, while the old one is still taken.

    On `request` the old key is no longer taken: without a strike there, the grace is endless. What is signed with the
    next one is always taken. An upstream that lists its keys (WeChat Pay's platform certificates) lists both from
    `announced` (upstream time) before the strike's window on.
    """

    legs: ClassVar[frozenset[Leg]] = frozenset({Leg.REQUEST, Leg.REPLY, Leg.NOTIFY})
    by_clock: ClassVar[bool] = True
    spares_payer: ClassVar[bool] = True

    announced: str = "0s"

    def __post_init__(self) -> None:
        self.announced_ms()

    def announced_ms(self) -> float:
        """Return how long before its first use the next key is listed, in upstream ms."""
        return duration_ms(self.announced)

    def concerns(self, planned: Delivery) -> bool:
        """Say whether the key that signs ever changes."""
        return not planned.lasting

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Use the next key; silence is not signed."""
        if planned.conduct is Conduct.SILENT:
            return (planned,)
        return (replace(planned, signature=Signature.ROTATED),)
