"""The delivery does not happen: request lost, nothing done behind a yes, reply lost, notification lost."""

from typing import ClassVar

from harness.core.delivery import Delivery, Leg, Roll
from harness.faults import Fault


class Drop(Fault, frozen=True, kw_only=True, tag="drop"):
    """Nothing arrives. On `effect` the upstream says yes and does nothing until it notices by itself."""

    legs: ClassVar[frozenset[Leg]] = frozenset(Leg)

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Leave nothing of it."""
        return ()
