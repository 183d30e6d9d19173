"""A network that breaks connections: TCP RST to both ends."""

from msgspec.structs import replace

from harness.core.units import duration_ms
from harness.faults._link import LinkFault, Manner, Toxic


class LinkReset(LinkFault, frozen=True, kw_only=True, tag="link_reset"):
    """Reset `after` a span; with `0` a connection is reset as soon as it is made, or as the window opens."""

    after: str = "0"

    def __post_init__(self) -> None:
        duration_ms(self.after)

    def toxic(self) -> Toxic | None:
        """Reset so long after the next bytes: a Toxiproxy waits for them."""
        after_ms = duration_ms(self.after)
        if not after_ms.is_integer():
            return None
        return Toxic(type="reset_peer", attributes={"timeout": int(after_ms)})

    def bend(self, manner: Manner) -> Manner:
        """Keep the sooner of two."""
        after_ms = duration_ms(self.after)
        sooner = min(after_ms, manner.reset_after_ms) if manner.reset_after_ms else after_ms
        return replace(manner, reset_after_ms=sooner)
