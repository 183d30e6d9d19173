"""A network that lets bytes through in small pieces with pauses between: readers of whole answers break."""

from msgspec.structs import replace

from harness.core.units import duration_ms
from harness.faults._link import LinkFault, Manner, Toxic

SMALLEST = 3
"""Below this a slicer would need pieces without any variation, which some versions of Toxiproxy die of."""


class Trickle(LinkFault, frozen=True, kw_only=True, tag="trickle"):
    """Pieces of at most `bytes`, `gap` apart."""

    bytes: int = 1
    gap: str = "20ms"

    def __post_init__(self) -> None:
        if self.bytes <= 0 or duration_ms(self.gap) <= 0:
            raise ValueError("at least one byte, and a gap above 0")

    def toxic(self) -> Toxic | None:
        """Slice: pieces are at most the average and its variation."""
        gap_us = duration_ms(self.gap) * 1000
        if self.bytes < SMALLEST or not gap_us.is_integer():
            return None
        attributes = {"average_size": self.bytes - 1, "size_variation": 1, "delay": int(gap_us)}
        return Toxic(type="slicer", attributes=attributes)

    def bend(self, manner: Manner) -> Manner:
        """Cut into pieces."""
        return replace(manner, chunk_bytes=self.bytes, gap_ms=duration_ms(self.gap))
