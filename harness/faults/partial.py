"""The operator hands out only a part of what was ordered, and credits the rest."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.core.units import share_of_one
from harness.faults import Fault


class Partial(Fault, frozen=True, kw_only=True, tag="partial"):
    """`part` of the units, rounded down; of a top-up, where the wire can tell, `part` of its face value in whole yuan.

    Of which nothing is left, fails.
    """

    legs: ClassVar[frozenset[Leg]] = frozenset({Leg.EFFECT})
    ops: ClassVar[frozenset[str] | None] = frozenset({"submit"})

    part: str = "50%"

    def __post_init__(self) -> None:
        if share_of_one(self.part) >= 1:
            raise ValueError("a part below 100%")

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Hand out less."""
        fields, part = planned.fields, share_of_one(self.part)
        if "charge_fen" in fields:
            yuan = int(int(fields["charge_fen"]) * part) // 100
            return (replace(planned, fields=fields | {"charge_fen": yuan * 100}),)
        units = int(int(fields.get("units", 1)) * part)
        return (replace(planned, fields=fields | {"units": units}),)
