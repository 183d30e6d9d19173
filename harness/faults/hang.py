"""The upstream accepts the connection and then says nothing."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Conduct, Delivery, Leg, Roll
from harness.faults import EXCHANGE, Fault


class Hang(Fault, frozen=True, kw_only=True, tag="hang"):
    """On `request` nothing is done; on `reply` it is done, and the caller is left waiting until it gives up."""

    legs: ClassVar[frozenset[Leg]] = EXCHANGE

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Keep the line open."""
        return (replace(planned, conduct=Conduct.HANG),)
