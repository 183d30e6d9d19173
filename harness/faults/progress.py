"""A notification of a state that is not final goes ahead of the final one."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.core.units import duration_ms
from harness.faults import NOTIFY, Fault


class Progress(Fault, frozen=True, kw_only=True, tag="progress"):
    """It says `state`, and the final one follows `apart` later (upstream time).

    With `steals` its acknowledgement ends the ladder, so that the final one is never sent.
    """

    legs: ClassVar[frozenset[Leg]] = NOTIFY
    ops: ClassVar[frozenset[str] | None] = frozenset({"submit"})

    state: str = "delivering"
    apart: str = "5s"
    steals: bool = False

    def __post_init__(self) -> None:
        duration_ms(self.apart)

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Say that it is under way, and then that it is done."""
        fields = planned.fields | {"state": self.state}
        final = planned.after_ms + duration_ms(self.apart)
        return (
            replace(planned, fields=fields, stops=self.steals, steals=self.steals),
            replace(planned, copy=planned.copy + 1, after_ms=final),
        )
