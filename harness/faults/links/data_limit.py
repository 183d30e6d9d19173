"""A network that closes connections after so many bytes: large answers are cut."""

from msgspec.structs import replace

from harness.faults._link import LinkFault, Manner, Toxic


class DataLimit(LinkFault, frozen=True, kw_only=True, tag="data_limit"):
    """Close after `bytes` in one direction."""

    bytes: int

    def __post_init__(self) -> None:
        if self.bytes < 0:
            raise ValueError("a number of bytes, 0 or more")

    def toxic(self) -> Toxic:
        """Count from when the toxic met the connection."""
        return Toxic(type="limit_data", attributes={"bytes": self.bytes})

    def bend(self, manner: Manner) -> Manner:
        """Keep the smaller of two."""
        limit = self.bytes if manner.limit_bytes is None else min(self.bytes, manner.limit_bytes)
        return replace(manner, limit_bytes=limit)
