"""Strikes at work in one process: which may meet an exchange, how often one was met, and when all are off."""

from collections import Counter
from collections.abc import Mapping, Sequence

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Leg
from harness.faults._strike import Armed, Moment, Outcome, Strike, apply

Place = tuple[str, Leg, str]
_NEVER_MS = float("-inf")


class Strikes:
    """All strikes of a process, found by upstream, leg and operation, so that a place without any costs nothing."""

    def __init__(self, strikes: Sequence[Strike], seed: int, arrivals_ms: Sequence[float]) -> None:
        self._arrivals_ms = arrivals_ms
        self._t0_ns: int | None = None
        self._armed: dict[Place, list[Armed]] = {}
        self._attempts: Counter[tuple[Place, str]] = Counter()
        self.counts: dict[str, dict[str, int]] = {}
        for strike in strikes:
            self.counts[strike.id] = {"eligible": 0, "struck": 0}
            armed = Armed(strike, seed)
            for upstream in strike.upstreams:
                for op in strike.ops:
                    self._armed.setdefault((upstream, strike.leg, op), []).append(armed)

    def begin(self, t0_ns: int) -> None:
        """Take the instant at which the first arrival is due; until then no window is open."""
        self._t0_ns = t0_ns

    def heal(self) -> None:
        """Take all strikes off, for good."""
        self._armed.clear()

    def any(self, place: Place) -> bool:
        """Say whether some strike may strike here."""
        return place in self._armed

    def meet(self, place: Place, key: str, intent: int | None, planned: Delivery) -> Outcome:
        """Pass a planned delivery through the strikes of its place."""
        upstream = place[0]
        moment = Moment(
            upstream=upstream,
            key=key,
            clock_ms=_NEVER_MS if self._t0_ns is None else (now_ns() - self._t0_ns) / 1e6,
            arrival_ms=self._arrival_ms(intent),
        )
        met = apply(self._armed.get(place, ()), planned, moment)
        for strike in met.struck:
            self.counts[strike]["eligible"] += 1
            self.counts[strike]["struck"] += 1
        for strike in met.spared:
            self.counts[strike]["eligible"] += 1
        return met

    def attempt(self, place: Place, key: str) -> int:
        """Count one more time that this operation of this order comes to this leg; the first is 1."""
        seen = self._attempts[place, key] + 1
        self._attempts[place, key] = seen
        return seen

    def _arrival_ms(self, intent: int | None) -> float | None:
        if intent is None or not 0 <= intent < len(self._arrivals_ms):
            return None
        return self._arrivals_ms[intent]

    def snapshot(self) -> Mapping[str, Mapping[str, int]]:
        """Return how often each strike could have struck, and did."""
        return self.counts
