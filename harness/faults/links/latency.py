"""A slow network: every chunk of bytes is late, by the same span and a little more."""

from msgspec.structs import replace

from harness.core.units import duration_ms
from harness.faults._link import LinkFault, Manner, Toxic


class Latency(LinkFault, frozen=True, kw_only=True, tag="latency"):
    """Late by `by`, and by a keyed part of `jitter`; both directions unless said, so that a round trip pays twice."""

    by: str
    jitter: str = "0"

    def __post_init__(self) -> None:
        if duration_ms(self.by) + duration_ms(self.jitter) <= 0:
            raise ValueError("a latency above 0")

    def toxic(self) -> Toxic | None:
        """Sway around the middle, as a Toxiproxy does; in whole milliseconds."""
        sway_ms = duration_ms(self.jitter) / 2
        middle_ms = duration_ms(self.by) + sway_ms
        if not (middle_ms.is_integer() and sway_ms.is_integer()):
            return None
        return Toxic(type="latency", attributes={"latency": int(middle_ms), "jitter": int(sway_ms)})

    def bend(self, manner: Manner) -> Manner:
        """Add both."""
        return replace(
            manner,
            delay_ms=manner.delay_ms + duration_ms(self.by),
            jitter_ms=manner.jitter_ms + duration_ms(self.jitter),
        )
