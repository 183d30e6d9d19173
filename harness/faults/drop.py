"""The delivery does not happen: request lost, nothing done behind a yes, reply lost, notification lost."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Conduct, Delivery, Leg, Roll
from harness.faults import Fault


class Drop(Fault, frozen=True, kw_only=True, tag="drop"):
    """Nothing arrives. On `effect` the upstream says yes and does nothing until it notices by itself.

    A notification that is lost `for_good` was acknowledged by somebody else (an old server, a firewall's page): its
    ladder ends, and whoever does not ask never learns of it.
    """

    legs: ClassVar[frozenset[Leg]] = frozenset(Leg)

    for_good: bool = False

    def concerns(self, planned: Delivery) -> bool:
        """Say whether there is something to lose, and for good where only notifications can be."""
        return not self.for_good or planned.leg is Leg.NOTIFY

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Leave nothing of it, or only that somebody else took it."""
        if self.for_good:
            return (replace(planned, conduct=Conduct.SILENT, steals=True),)
        return ()
