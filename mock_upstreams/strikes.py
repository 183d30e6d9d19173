"""Strikes at work in one process: which may meet an exchange, how often one was met, and when all are off."""

from collections.abc import Mapping, Sequence

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Leg
from harness.faults._strike import Armed, Moment, Outcome, Strike, apply

_NEVER_MS = float("-inf")


class Spot:
    """One place where strikes may stand: a leg of one operation of one upstream."""

    __slots__ = ("_seen", "armed", "ids", "leg", "op", "timeless", "upstream")

    def __init__(self, upstream: str, leg: Leg, op: str) -> None:
        self.upstream = upstream
        self.leg = leg
        self.op = op
        self.armed: list[Armed] = []
        self.ids: list[str] = []
        """Of the strikes that are armed, in their order."""
        self.timeless = True
        """No strike here has a window, so that chance alone says who is spared."""
        self._seen: dict[str, int] = {}

    def attempt(self, key: str) -> int:
        """Count one more time that this order comes by; the first is 1."""
        seen = self._seen.get(key, 0) + 1
        self._seen[key] = seen
        return seen


class Route:
    """The spots that a whole exchange passes, asked once for all: is there an order that no strike here ever meets?"""

    __slots__ = ("_drawn", "_eligible", "_first", "_timeless", "spared")

    def __init__(self, spots: Sequence[Spot], counts: Mapping[str, dict[str, int]]) -> None:
        request, effect, reply = spots
        self._first = request
        self._timeless = all(spot.timeless for spot in spots)
        armed = [one for spot in spots for one in spot.armed]
        self._drawn = [(one.draws.begun, one.lowest_spared) for one in armed]
        still = request.ids + reply.ids
        changing = request.ids + effect.ids + reply.ids
        self.spared = (still, changing)
        """Ids of the strikes that are passed by a call that changes nothing, and by one that does."""
        self._eligible = (
            [counts[strike] for strike in still],
            [counts[strike] for strike in changing],
        )

    def free(self, key: str) -> bool:
        """Say whether chance spares an order from every strike here, at whatever attempt and hour."""
        octets = key.encode()
        for begun, lowest in self._drawn:
            # Draws.octets, written out: a call for each strike of each exchange is dear.
            whole = begun.copy()
            whole.update(octets)
            if whole.digest() < lowest:
                return False
        return self._timeless

    def attempt(self, key: str) -> int:
        """Count one more time that this order comes by."""
        return self._first.attempt(key)

    def heal(self) -> None:
        """Take all strikes off."""
        self._drawn, self._timeless = [], True
        self.spared = ([], [])
        self._eligible = ([], [])

    def count(self, *, changing: bool) -> None:
        """Count that the strikes could have struck."""
        for counts in self._eligible[changing]:
            counts["eligible"] += 1


class Strikes:
    """All strikes of a process, sorted by spot, so that a spot without any costs nothing."""

    def __init__(self, strikes: Sequence[Strike], seed: int, arrivals_ms: Sequence[float]) -> None:
        self._arrivals_ms = arrivals_ms
        self._t0_ns: int | None = None
        self._spots: dict[tuple[str, Leg, str], Spot] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self._routes: dict[tuple[str, str], Route] = {}
        for strike in strikes:
            self.counts[strike.id] = {"eligible": 0, "struck": 0}
            armed = Armed(strike, seed)
            for upstream in strike.upstreams:
                for op in strike.ops:
                    spot = self.at(upstream, strike.leg, op)
                    spot.armed.append(armed)
                    spot.ids.append(strike.id)
                    spot.timeless = spot.timeless and strike.window_ms is None

    def at(self, upstream: str, leg: Leg, op: str) -> Spot:
        """Return the spot of a leg; always the same one."""
        return self._spots.setdefault((upstream, leg, op), Spot(upstream, leg, op))

    def route(self, upstream: str, op: str) -> Route:
        """Return the route of an operation; always the same one."""
        route = self._routes.get((upstream, op))
        if route is None:
            spots = [self.at(upstream, leg, op) for leg in (Leg.REQUEST, Leg.EFFECT, Leg.REPLY)]
            route = self._routes[upstream, op] = Route(spots, self.counts)
        return route

    @property
    def began_ns(self) -> int | None:
        """The instant at which the first arrival is due, None until it is known."""
        return self._t0_ns

    def begin(self, t0_ns: int) -> None:
        """Take the instant at which the first arrival is due; until then no window is open."""
        self._t0_ns = t0_ns

    def clock_ms(self) -> float:
        """Return real ms since the first arrival was due, minus infinity until that is known."""
        return _NEVER_MS if self._t0_ns is None else (now_ns() - self._t0_ns) / 1e6

    def heal(self) -> None:
        """Take all strikes off, for good; what was counted stays."""
        for spot in self._spots.values():
            spot.armed = []
            spot.ids = []
        for route in self._routes.values():
            route.heal()

    def all_spare(self, spot: Spot, attempt: int, key: str) -> bool:
        """Say whether every strike of a spot spares an order for sure: the usual case, told cheaply, and counted."""
        if not spot.timeless:
            return False
        for armed in spot.armed:
            if not armed.spares(attempt, key):
                return False
        for strike in spot.ids:
            self.counts[strike]["eligible"] += 1
        return True

    def meet(self, spot: Spot, key: str, intent: int | None, planned: Delivery) -> Outcome:
        """Pass a planned delivery through the strikes of its spot."""
        moment = Moment(
            upstream=spot.upstream,
            key=key,
            clock_ms=self.clock_ms(),
            arrival_ms=self._arrival_ms(intent),
        )
        met = apply(spot.armed, planned, moment)
        for strike in met.struck:
            self.counts[strike]["eligible"] += 1
            self.counts[strike]["struck"] += 1
        for strike in met.spared:
            self.counts[strike]["eligible"] += 1
        return met

    def _arrival_ms(self, intent: int | None) -> float | None:
        if intent is None or not 0 <= intent < len(self._arrivals_ms):
            return None
        return self._arrivals_ms[intent]

    def snapshot(self) -> Mapping[str, Mapping[str, int]]:
        """Return how often each strike could have struck, and did."""
        return self.counts
