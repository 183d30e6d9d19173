"""The connection is reset (TCP RST)."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Conduct, Delivery, Leg, Roll
from harness.faults import EXCHANGE, Fault


class Reset(Fault, frozen=True, kw_only=True, tag="reset"):
    """On `request` before anything is done, on `reply` after it is done."""

    legs: ClassVar[frozenset[Leg]] = EXCHANGE

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Cut the line."""
        return (replace(planned, conduct=Conduct.RESET),)
