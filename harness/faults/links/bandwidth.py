"""A narrow network: so many bytes a second and no more."""

from msgspec.structs import replace

from harness.faults._link import LinkFault, Manner, Toxic


class Bandwidth(LinkFault, frozen=True, kw_only=True, tag="bandwidth"):
    """At most `bytes_per_s` in each direction of a connection."""

    bytes_per_s: int

    def __post_init__(self) -> None:
        if self.bytes_per_s <= 0:
            raise ValueError("bytes_per_s above 0; for nothing at all there is blackhole")

    def toxic(self) -> Toxic | None:
        """Count in whole thousands, as a Toxiproxy does."""
        rate, rest = divmod(self.bytes_per_s, 1000)
        return None if rest else Toxic(type="bandwidth", attributes={"rate": rate})

    def bend(self, manner: Manner) -> Manner:
        """Keep the narrower of two."""
        rate = min(self.bytes_per_s, manner.bytes_per_s or self.bytes_per_s)
        return replace(manner, bytes_per_s=rate)
