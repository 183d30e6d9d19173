"""A process is asked to end, as by a deployment, and started again."""

from typing import ClassVar, Literal

from harness.core.units import duration_ms
from harness.faults._host import HostFault


class Restart(HostFault, frozen=True, kw_only=True, tag="restart"):
    """SIGTERM, and SIGKILL if it does not end in 3 s; started again `down` later."""

    does: ClassVar[Literal["kill", "stop", "freeze"]] = "stop"
    undoes: ClassVar[Literal["start", "thaw"]] = "start"

    down: str = "0"

    def __post_init__(self) -> None:
        duration_ms(self.down)

    def lasts_ms(self) -> float:
        """Return how long it stays down."""
        return duration_ms(self.down)
