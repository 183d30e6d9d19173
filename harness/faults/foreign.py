"""A notification that is meant for somebody else arrives here, ahead of the real one if there is one."""

from typing import ClassVar, Literal

from msgspec.structs import replace

from harness.core.delivery import Conduct, Delivery, Leg, Roll, Signature
from harness.faults import NOTIFY, Fault


class Foreign(Fault, frozen=True, kw_only=True, tag="foreign"):
    """`other: merchant` is signed with that merchant's keys and names him; `other: order` names an unknown order.

    `of: create` sends it for orders that nobody has paid yet.
    """

    legs: ClassVar[frozenset[Leg]] = NOTIFY
    ops: ClassVar[frozenset[str] | None] = frozenset({"create", "pay", "refund", "submit"})

    other: Literal["merchant", "order"] = "merchant"

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:
        """Put the stranger's in front."""
        stranger = replace(planned, conduct=Conduct.SEND, stops=False, signature=Signature.FOREIGN)
        if self.other == "order":
            number = f"{round(roll('foreign') * 10**15):016d}"
            fields = planned.fields | {"order_no": f"N{number}", "ref": f"{number}"}
            stranger = replace(stranger, fields=fields, signature=planned.signature)
        return (stranger, replace(planned, copy=planned.copy + 1))
