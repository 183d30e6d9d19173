"""A process dies where it stands, and is started again after a while."""

from typing import ClassVar

from harness.core.units import duration_ms
from harness.faults._host import HostFault
from harness.handles import Act


class Kill(HostFault, frozen=True, kw_only=True, tag="kill"):
    """SIGKILL; started again `down` later, with the same command and environment."""

    does: ClassVar[Act] = "kill"
    spans: ClassVar[bool] = False

    down: str = "500ms"

    def __post_init__(self) -> None:
        duration_ms(self.down)

    def lasts_ms(self) -> float:
        """Return how long it stays down."""
        return duration_ms(self.down)
