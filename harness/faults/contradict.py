"""Two notifications of one order say the contrary of each other, both in good order and signed."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.core.units import duration_ms
from harness.faults import NOTIFY, Fault
from harness.faults._contrary import contrary_of


class Contradict(Fault, frozen=True, kw_only=True, tag="contradict"):
    """The contrary follows the truth, or goes ahead with `first: true`; `apart` (upstream time) lies between.

    Delivered and failed, paid and closed, refunded and refund failed.
    """

    legs: ClassVar[frozenset[Leg]] = NOTIFY
    ops: ClassVar[frozenset[str] | None] = frozenset({"pay", "refund", "submit"})

    apart: str = "5s"
    first: bool = False

    def __post_init__(self) -> None:
        duration_ms(self.apart)

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Say both."""
        fields = planned.fields | {"state": contrary_of(planned.fields["state"])}
        contrary = replace(planned, fields=fields, contrary=True, stops=False)
        pair = (contrary, planned) if self.first else (planned, contrary)
        gap = duration_ms(self.apart)
        return tuple(
            replace(one, copy=planned.copy + at, after_ms=planned.after_ms + at * gap)
            for at, one in enumerate(pair)
        )
