"""A deployment goes through all instances: each is asked to end and started again, healthy before the next one ends."""

from typing import ClassVar

from harness.core.units import duration_ms
from harness.faults._host import HostFault
from harness.handles import Act


class RollingRestart(HostFault, frozen=True, kw_only=True, tag="rolling_restart"):
    """`restart` of every instance, one after another; each is started again `down` after it ended."""

    does: ClassVar[Act] = "stop"
    each: ClassVar[bool] = True
    spans: ClassVar[bool] = False

    down: str = "0"

    def __post_init__(self) -> None:
        duration_ms(self.down)

    def lasts_ms(self) -> float:
        """Return how long each stays down."""
        return duration_ms(self.down)
