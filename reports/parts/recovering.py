"""The recovery after heal as a curve: the share of open orders that was repaired, against upstream time since heal."""

import msgspec

from reports.parts.funnel import Recovery

WIDTH = 1_000
HEIGHT = 190
LEFT, RIGHT, TOP, BOTTOM = 62.0, 984.0, 14.0, 160.0
_STEPS_MS = (1e3, 5e3, 1e4, 3e4, 6e4, 3e5, 6e5, 1.8e6, 3.6e6, 7.2e6, 2.16e7, 8.64e7)


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """The curve laid out; `ticks` are (x, ms since heal), `rules` are (y, share)."""

    recovery: Recovery
    width: int
    height: int
    path: str
    open_top: float
    """Down to where the orders that are still open reach, from the top."""
    ticks: list[tuple[float, float]]
    rules: list[tuple[float, float]]


def draw(found: Recovery) -> Curve:
    """Lay a recovery out as steps: nothing was repaired between one repair and the next."""
    steps = [f"M{LEFT:g} {BOTTOM:g}"]
    for ms, share in found.points:
        steps.append(f"H{_x(ms, found.end_ms):g}V{_y(share):g}")
    steps.append(f"H{RIGHT:g}")
    step = next((s for s in _STEPS_MS if found.end_ms / s <= 8), 6.048e8)
    return Curve(
        recovery=found,
        width=WIDTH,
        height=HEIGHT,
        path="".join(steps),
        open_top=_y(1 - found.still_open / found.orders),
        ticks=[(_x(n * step, found.end_ms), n * step) for n in range(int(found.end_ms / step) + 1)],
        rules=[(_y(share), share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)],
    )


def _x(ms: float, end_ms: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * min(ms / end_ms, 1.0), 1)


def _y(share: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * share, 1)
