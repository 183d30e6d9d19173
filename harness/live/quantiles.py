"""Quantiles of very many spans in little memory: counts in steps of half a percent."""

import math
from collections import Counter

_STEP = math.log(1.005)


class Quantiles:
    """Spans in µs; what is told of them is at most half a percent too small, and never too large."""

    def __init__(self) -> None:
        self._steps: Counter[int] = Counter()
        self.count = 0

    def add(self, us: int) -> None:
        """Take one span."""
        self._steps[int(math.log(us) / _STEP) if us > 0 else 0] += 1
        self.count += 1

    def at(self, share: float) -> float | None:
        """Return the span in µs that so great a share does not exceed, None without spans."""
        left = math.ceil(share * self.count)
        for step in sorted(self._steps):
            left -= self._steps[step]
            if left <= 0:
                return math.exp(step * _STEP)
        return None
