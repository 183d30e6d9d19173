"""Done, but the answer is lost: the platform never hears the reply, or the gateway never hears the acknowledgement."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Conduct, Delivery, Leg, Roll
from harness.faults import Fault


class LoseReply(Fault, frozen=True, kw_only=True, tag="lose_reply"):
    """On `reply` the connection closes without an answer; on `notify` the acknowledgement is lost on its way back."""

    legs: ClassVar[frozenset[Leg]] = frozenset({Leg.REPLY, Leg.NOTIFY})

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Do it and say nothing."""
        return (replace(planned, conduct=Conduct.LOSE),)
