"""A network that swallows bytes and says nothing: connections stay open, and nothing ever comes."""

from msgspec.structs import replace

from harness.faults._link import LinkFault, Manner, Toxic


class Blackhole(LinkFault, frozen=True, kw_only=True, tag="blackhole"):
    """Swallow what is sent; `direction: down` loses the answers of what was done."""

    def toxic(self) -> Toxic:
        """Time out after no time at all, which is never; its end breaks the connections that it met."""
        return Toxic(type="timeout", attributes={"timeout": 0})

    def bend(self, manner: Manner) -> Manner:
        """Swallow."""
        return replace(manner, swallowed=True)
