"""Somebody who does not have the key sends a notification of his own, ahead of the real one if there is one."""

from typing import ClassVar, Literal

from msgspec.structs import replace

from harness.core.delivery import Conduct, Delivery, Leg, Roll, Signature
from harness.core.units import duration_ms
from harness.faults import NOTIFY, Fault
from harness.faults._contrary import contrary_of

_HOW = {"wrong": Signature.FORGED, "empty": Signature.UNSIGNED, "absent": Signature.ABSENT}


class Forge(Fault, frozen=True, kw_only=True, tag="forge"):
    """A copy with a bad signature, an empty one or none at all; with `contrary` it says the contrary.

    `of: create` forges for orders that nobody has paid yet (paid; contrary: closed), `of: accept` for those that an
    operator has in work (delivered; contrary: failed), `later` than it heard of them (upstream time).
    """

    legs: ClassVar[frozenset[Leg]] = NOTIFY

    signature: Literal["wrong", "empty", "absent"] = "wrong"
    contrary: bool = False
    later: str = "0s"

    def __post_init__(self) -> None:
        duration_ms(self.later)

    def concerns(self, planned: Delivery) -> bool:
        """Say whether anybody could see that it is forged."""
        return planned.signed

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Put the forgery in front."""
        how = _HOW[self.signature]
        after_ms = planned.after_ms + duration_ms(self.later)
        forged = replace(planned, signature=how, conduct=Conduct.SEND, after_ms=after_ms)
        if self.contrary:
            said = contrary_of(planned.fields["state"])
            forged = replace(forged, fields=planned.fields | {"state": said})
        return (forged, replace(planned, copy=planned.copy + 1))
