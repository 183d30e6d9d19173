"""Whatever else the target's people can do to it: an action of the target file, and what takes it back."""

from typing import ClassVar

from harness.core.units import duration_ms
from harness.faults._host import HostFault
from harness.handles import Act


class Run(HostFault, frozen=True, kw_only=True, tag="run"):
    """`do` of `control.actions.NAME`; its `undo` after `by`, or at the end of the strike's window."""

    does: ClassVar[Act] = "run"

    action: str
    by: str = "0"

    def __post_init__(self) -> None:
        duration_ms(self.by)

    def whose(self) -> str:
        """Return the action."""
        return f"action.{self.action}"

    def lasts_ms(self) -> float:
        """Return how long until it is undone."""
        return duration_ms(self.by)
