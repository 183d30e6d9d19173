"""A process is asked to end, as by a deployment, and started again."""

from typing import ClassVar

from harness.core.units import duration_ms
from harness.faults._host import HostFault
from harness.handles import Act


class Restart(HostFault, frozen=True, kw_only=True, tag="restart"):
    """SIGTERM, and SIGKILL if it does not end; started again `down` later."""

    does: ClassVar[Act] = "stop"
    spans: ClassVar[bool] = False

    down: str = "0"

    def __post_init__(self) -> None:
        duration_ms(self.down)

    def lasts_ms(self) -> float:
        """Return how long it stays down."""
        return duration_ms(self.down)
