"""A container is taken from its networks: it runs on, and reaches nobody, and nobody reaches it."""

from typing import ClassVar

from harness.core.units import duration_ms
from harness.faults._host import HostFault
from harness.handles import Act


class Disconnect(HostFault, frozen=True, kw_only=True, tag="disconnect"):
    """Cut off for `by`, then connected again; without `by` for as long as the strike's window."""

    does: ClassVar[Act] = "disconnect"

    by: str = "0"

    def __post_init__(self) -> None:
        duration_ms(self.by)

    def lasts_ms(self) -> float:
        """Return how long it is cut off."""
        return duration_ms(self.by)
