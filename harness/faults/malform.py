"""The answer is whole, and its body is nonsense."""

from typing import ClassVar, Literal

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll, Spoil
from harness.faults import CALLS, REPLY, Fault


class Malform(Fault, frozen=True, kw_only=True, tag="malform"):
    """`body`: half of the right one, noise (an error page of some proxy), or empty.

    `signed` seals the nonsense as the wire would; without it the signature is that of the right body.
    """

    legs: ClassVar[frozenset[Leg]] = REPLY
    ops: ClassVar[frozenset[str] | None] = CALLS

    body: Literal["half", "noise", "empty"] = "half"
    signed: bool = True

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Put nonsense for the body."""
        spoil = replace(planned.spoil or Spoil(), body=self.body, sealed=self.signed)
        return (replace(planned, spoil=spoil),)
