"""A network that keeps the end of a connection to itself: one side has gone, and the other is not told."""

from msgspec.structs import replace

from harness.faults._link import LinkFault, Manner


class HalfOpen(LinkFault, frozen=True, kw_only=True, tag="half_open"):
    """Pass bytes, but no end: pools keep connections that lead nowhere."""

    def bend(self, manner: Manner) -> Manner:
        """Keep ends back."""
        return replace(manner, half_open=True)
