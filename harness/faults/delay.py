"""The delivery comes late, in upstream time: by a fixed span, a uniform one, or a lognormal one."""

from statistics import NormalDist
from typing import ClassVar, Literal

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.core.units import duration_ms
from harness.faults import Fault


class Delay(Fault, frozen=True, kw_only=True, tag="delay"):
    """`by` is the fixed span, the uniform's upper end, or the lognormal's median; never more than `at_most`.

    The lognormal's 95th percentile is `p95`.
    """

    legs: ClassVar[frozenset[Leg]] = frozenset(Leg)

    by: str
    shape: Literal["fixed", "uniform", "lognormal"] = "fixed"
    at_least: str = "0"
    p95: str = ""
    at_most: str = "24h"

    def __post_init__(self) -> None:
        spans = [duration_ms(t) for t in (self.by, self.at_least, self.at_most)]
        if self.shape == "lognormal" and not 0 < spans[0] < duration_ms(self.p95 or "0"):
            raise ValueError("a lognormal delay needs p95 greater than its median `by`, above 0")

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:
        """Let it come later."""
        late = min(self._span_ms(roll("delay")), duration_ms(self.at_most))
        return (replace(planned, after_ms=planned.after_ms + late),)

    def _span_ms(self, at: float) -> float:
        by = duration_ms(self.by)
        least = duration_ms(self.at_least)
        if self.shape == "fixed":
            return by
        if self.shape == "uniform":
            return least + (by - least) * at
        normal = NormalDist()
        spread = normal.inv_cdf(0.95)
        exponent = normal.inv_cdf(min(max(at, 1e-9), 1 - 1e-9)) / spread
        return max(least, by * float((duration_ms(self.p95) / by) ** exponent))
