"""Somebody who does not have the key sends a notification of his own, ahead of the real one if there is one."""

from typing import ClassVar, Literal

from msgspec.structs import replace

from harness.core.delivery import Conduct, Delivery, Leg, Roll, Signature
from harness.faults import NOTIFY, Fault


class Forge(Fault, frozen=True, kw_only=True, tag="forge"):
    """A copy with a bad signature, or with an empty one. `of: create` forges for orders that nobody has paid yet."""

    legs: ClassVar[frozenset[Leg]] = NOTIFY

    signature: Literal["wrong", "empty"] = "wrong"

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Put the forgery in front."""
        how = Signature.UNSIGNED if self.signature == "empty" else Signature.FORGED
        forged = replace(planned, signature=how, conduct=Conduct.SEND)
        return (forged, replace(planned, copy=planned.copy + 1))
