"""The operator hands out only a part of what was ordered, and credits the rest."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.core.units import share_of_one
from harness.faults import Fault


class Partial(Fault, frozen=True, kw_only=True, tag="partial"):
    """`part` of the units, rounded down; of an order of one unit nothing is left, and it fails."""

    legs: ClassVar[frozenset[Leg]] = frozenset({Leg.EFFECT})
    ops: ClassVar[frozenset[str] | None] = frozenset({"submit"})

    part: str = "50%"

    def __post_init__(self) -> None:
        if share_of_one(self.part) >= 1:
            raise ValueError("a part below 100%")

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Hand out less."""
        ordered = int(planned.fields.get("units", 1))
        units = int(ordered * share_of_one(self.part))
        return (replace(planned, fields=planned.fields | {"units": units}),)
