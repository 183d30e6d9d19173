"""A process stands still: connections are taken by the kernel, and nothing answers."""

from typing import ClassVar

from harness.core.units import duration_ms
from harness.faults._host import HostFault
from harness.handles import Act


class Pause(HostFault, frozen=True, kw_only=True, tag="pause"):
    """SIGSTOP (a container: frozen) for `by`, then on again; without `by` for as long as the strike's window."""

    does: ClassVar[Act] = "pause"

    by: str = "0"

    def __post_init__(self) -> None:
        duration_ms(self.by)

    def lasts_ms(self) -> float:
        """Return how long it stands still."""
        return duration_ms(self.by)
