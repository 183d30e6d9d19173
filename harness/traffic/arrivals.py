"""When intents begin: a rate over real time, its exact integral, and the instants that follow from a seed.

A shape is a chain of straight pieces, given by its knots (second, rate); between two knots the rate is linear, two
knots at the same second are a jump. So the expected number of arrivals up to a time is a quadratic, and its inverse
is exact. Arrival k happens where the integral reaches k + chance(seed, "arrival", k): one arrival in every unit
of the integral, at a keyed place in it, the same whatever the number of workers. With `at_once: n` it is n arrivals in
every n units, all of them at the same instant.

In a scenario: {shape: steady, rate: 40/s, for: 20s}. Rates and spans are real time.
"""

from bisect import bisect_right
from itertools import accumulate, pairwise
from math import sqrt
from typing import Annotated

import msgspec
from msgspec import Meta

from harness.core.chance import chance
from harness.core.units import duration_ms, rate_per_s

MOST_INTENTS = 1_000_000
LONGEST_S = 3_600.0
FASTEST_PER_S = 5_000.0

Knot = tuple[float, float]
Span = Annotated[str, Meta(description="real time, such as 20s")]
Rate = Annotated[str, Meta(description="arrivals over real time, such as 40/s")]


class Curve:
    """A rate over time, made of straight pieces.

    Raises:
        ValueError: nothing arrives, or more, longer or faster than the bounds of this module allow.
    """

    def __init__(self, knots: list[Knot], at_once: int = 1) -> None:
        self.at_once = at_once
        self._knots = knots
        areas = [(b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(knots)]
        self._sums = [0.0, *accumulate(areas)]
        self.span_s = knots[-1][0]
        self.peak_per_s = max(rate for _, rate in knots)
        self.count = int(self._sums[-1] + 1e-9)
        self._check()

    def rate_per_s(self, at_s: float) -> float:
        """Return the rate at a time; at a jump, the rate after it; outside the span, 0."""
        for (start, low), (end, high) in pairwise(self._knots):
            if start <= at_s < end:
                return low + (high - low) * (at_s - start) / (end - start)
        return 0.0

    def expected(self, at_s: float) -> float:
        """Return how many arrivals are due by a time: the exact integral of the rate."""
        total = 0.0
        for (start, low), (end, high) in pairwise(self._knots):
            if at_s <= start:
                break
            part = min(at_s, end) - start
            slope = (high - low) / (end - start) if end > start else 0.0
            total += low * part + slope * part * part / 2
        return total

    def time_s(self, amount: float) -> float:
        """Return when the integral reaches an amount: the inverse of `expected`."""
        piece = min(bisect_right(self._sums, amount), len(self._sums) - 1) - 1
        (start, low), (end, high) = self._knots[piece], self._knots[piece + 1]
        rest = amount - self._sums[piece]
        if rest <= 0:
            return start
        slope = (high - low) / (end - start)
        # The stable form of the quadratic's root: it has no division by a slope that may be 0.
        root = 2 * rest / (low + sqrt(max(0.0, low * low + 2 * slope * rest)))
        return min(end, start + root)

    def _check(self) -> None:
        if self.span_s > LONGEST_S:
            raise ValueError(f"arrivals last at most 1h, not {self.span_s:g} s")
        if self.peak_per_s > FASTEST_PER_S:
            raise ValueError(f"at most {FASTEST_PER_S:g} arrivals/s, not {self.peak_per_s:g}")
        if not 1 <= self.count <= MOST_INTENTS:
            raise ValueError(f"between 1 and {MOST_INTENTS} arrivals, not {self.count}")


class Shape(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="shape"
):
    """Arrivals over time. Subclasses say their knots."""

    at_once: Annotated[int, Meta(ge=1, le=1000)] = 1
    """So many customers come at the same instant; the rate stays what it is."""

    def __post_init__(self) -> None:
        self.curve()

    def knots(self) -> list[Knot]:
        """Return (second, arrivals a second), the first at second 0."""
        raise NotImplementedError

    def curve(self) -> Curve:
        """Return the rate over time.

        Raises:
            ValueError: a text is no rate or span, or the bounds are exceeded.
        """
        return Curve(self.knots(), self.at_once)


class Steady(Shape, frozen=True, kw_only=True, tag="steady"):
    """The same rate all the time."""

    rate: Rate
    span: Span = msgspec.field(name="for")

    def knots(self) -> list[Knot]:
        """Return one flat piece."""
        rate = rate_per_s(self.rate)
        return [(0.0, rate), (_s(self.span), rate)]


class Ramp(Shape, frozen=True, kw_only=True, tag="ramp"):
    """A straight line from one rate to another."""

    start: Rate = msgspec.field(name="from")
    end: Rate = msgspec.field(name="to")
    span: Span = msgspec.field(name="for")

    def knots(self) -> list[Knot]:
        """Return one sloping piece."""
        return [(0.0, rate_per_s(self.start)), (_s(self.span), rate_per_s(self.end))]


class Spike(Shape, frozen=True, kw_only=True, tag="spike"):
    """`base`, but `peak` from `at` on for as long as it `lasts`."""

    base: Rate
    peak: Rate
    at: Span
    lasts: Span
    span: Span = msgspec.field(name="for")

    def knots(self) -> list[Knot]:
        """Return flat, jump up, flat, jump down, flat.

        Raises:
            ValueError: the spike does not end within the span.
        """
        base, peak = rate_per_s(self.base), rate_per_s(self.peak)
        up, down, end = _s(self.at), _s(self.at) + _s(self.lasts), _s(self.span)
        if down > end:
            raise ValueError(f"a spike that ends within {self.span}, not after {down:g} s")
        return [(0.0, base), (up, base), (up, peak), (down, peak), (down, base), (end, base)]


class Stairs(Shape, frozen=True, kw_only=True, tag="stairs"):
    """One rate after the other, `each` for the same span."""

    steps: Annotated[list[Rate], Meta(min_length=1)]
    each: Span

    def knots(self) -> list[Knot]:
        """Return a flat piece for each step."""
        each = _s(self.each)
        rates = [rate_per_s(step) for step in self.steps]
        return [(at * each, rate) for i, rate in enumerate(rates) for at in (i, i + 1)]


class Holiday(Shape, frozen=True, kw_only=True, tag="holiday"):
    """The top of the hour of a holiday: quiet, a steep rise to the peak, a plateau, a long decay.

    With the span T: `base` until T/5, a straight rise to `peak` until T/4 (the top of the hour), `peak` until 2T/5,
    then base + (peak - base) * 2 ** -(10 (t - 2T/5) / T), halving every T/10 and drawn by chords of T/20; at the end
    1/64 of the peak's height is left.
    """

    base: Rate
    peak: Rate
    span: Span = msgspec.field(name="for")

    def knots(self) -> list[Knot]:
        """Return the curve of the class's docstring."""
        base, peak, unit = rate_per_s(self.base), rate_per_s(self.peak), _s(self.span) / 20
        rise = [(0.0, base), (4 * unit, base), (5 * unit, peak), (8 * unit, peak)]
        decay = [((8 + i) * unit, base + (peak - base) * 2 ** (-i / 2)) for i in range(1, 13)]
        return rise + decay


Arrivals = Steady | Ramp | Spike | Stairs | Holiday


def start_ms(curve: Curve, seed: int, intent: int) -> float:
    """Return when an intent begins, in real ms since the first could."""
    first = intent - intent % curve.at_once
    units = min(curve.at_once, curve.count - first)
    return curve.time_s(first + units * chance(seed, "arrival", first)) * 1_000.0


def starts_ms(arrivals: Shape, seed: int) -> list[float]:
    """Return when each intent begins, in real ms; rising, a pure function of the shape and the seed."""
    curve = arrivals.curve()
    return [start_ms(curve, seed, intent) for intent in range(curve.count)]


def _s(span: str) -> float:
    return duration_ms(span) / 1_000.0
