"""A query shows the contrary of a final state, and the next one the truth again."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.faults import REPLY, Fault


class Flip(Fault, frozen=True, kw_only=True, tag="flip"):
    """Paid is shown as closed, delivered as failed, failed as delivered; what is not final yet is shown as it is.

    `attempts` counts the queries of an order, so that `attempts: 1` is right again at the second.
    """

    legs: ClassVar[frozenset[Leg]] = REPLY
    ops: ClassVar[frozenset[str] | None] = frozenset({"query"})

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Show the contrary."""
        return (replace(planned, shows="flip"),)
