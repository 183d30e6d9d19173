"""A process dies where it stands, and is started again after a while."""

from typing import ClassVar, Literal

from harness.core.units import duration_ms
from harness.faults._host import HostFault


class Kill(HostFault, frozen=True, kw_only=True, tag="kill"):
    """SIGKILL; started again `down` later, with the same command and environment."""

    does: ClassVar[Literal["kill", "stop", "freeze"]] = "kill"
    undoes: ClassVar[Literal["start", "thaw"]] = "start"

    down: str = "500ms"

    def __post_init__(self) -> None:
        duration_ms(self.down)

    def lasts_ms(self) -> float:
        """Return how long it stays down."""
        return duration_ms(self.down)
