"""The notification overtakes the answer: the platform hears of the end before it hears of the beginning."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Gate, Leg, Roll
from harness.core.units import duration_ms
from harness.faults import REPLY, Fault


class Early(Fault, frozen=True, kw_only=True, tag="early"):
    """The answer waits until the first notification was answered, `at_most` so long (upstream time, 1 s real or more).

    On `create` the customer pays at once, without a cashier, as with a password-free agreement: the charge is real.
    """

    legs: ClassVar[frozenset[Leg]] = REPLY
    ops: ClassVar[frozenset[str] | None] = frozenset({"create", "submit", "refund"})

    at_most: str = "10s"

    def __post_init__(self) -> None:
        duration_ms(self.at_most)

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Keep the answer back."""
        return (replace(planned, gate=Gate(on="told", at_most_ms=duration_ms(self.at_most))),)
