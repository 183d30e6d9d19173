"""The run over time as geometry: three panels over one clock. Units are SVG user units.

strikes   =====three-at-once=====
phases    load            | settle   | audit
rate      placed, paid, delivered
place     p50, p95
delivered p95
"""

import math
from collections.abc import Sequence

import msgspec

from reports.parts.series import Bucket, Series, Span

WIDTH = 1_000
LEFT, RIGHT = 62, 984
STRIP = 18
MOST_STRIPS = 6
PANEL_GAP = 46
HEIGHTS = {"rate": 170, "place": 130, "delivered": 130, "backlog": 110, "errors": 90}
LINES = {
    "rate": ("placed", "paid", "delivered"),
    "place": ("place_p50", "place_p95"),
    "delivered": ("delivered_p95",),
    "backlog": ("backlog",),
    "errors": ("errors",),
}
LOG_RATIO = 30
"""Where the largest latency is this many times the typical one, a straight scale would hide the typical one."""
_MINUTE_MS = 60_000.0
_STEPS_MS = (
    *(1e3 * s for s in (15, 30)),
    *(_MINUTE_MS * n for n in (1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440)),
)
"""Steps of an axis of time beyond a minute, ms."""
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600)


class Tick(msgspec.Struct, frozen=True):
    """A mark on an axis: where it stands and which value it stands for."""

    at: float
    value: float


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One series: its name, its path, and its height at every bucket (None where nothing was measured)."""

    name: str
    path: str
    heights: list[float | None]


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """One set of axes."""

    name: str
    top: float
    bottom: float
    is_log: bool
    ticks: list[Tick]
    lines: list[Line]


class Band(msgspec.Struct, frozen=True):
    """A stretch of the clock: a strike's window or a phase."""

    name: str
    x1: float
    x2: float
    y: float = 0.0


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """All panels, and what lies behind them."""

    width: int
    height: float
    plot_top: float
    plot_bottom: float
    strikes: list[Band]
    windows: list[Band]
    """Each stretch in which something could strike, once: a dozen strikes over one stretch shade it no darker."""
    strikes_left_out: int
    phases: list[Band]
    panels: list[Panel]
    ticks: list[Tick]
    xs: list[float]


def draw(series: Series) -> Chart:
    """Lay the series out."""
    shown = series.strikes[:MOST_STRIPS]
    top = 8.0 + STRIP * len(shown) + 26
    panels: list[Panel] = []
    y = top
    for name, height in HEIGHTS.items():
        y += PANEL_GAP - 14
        panels.append(_panel(name, series, y, y + height))
        y += height + 14
    clock = max(series.end_s, len(series.buckets) * series.bucket_s)
    bands = [_band(s, clock, 8.0 + STRIP * (i % MOST_STRIPS)) for i, s in enumerate(series.strikes)]
    return Chart(
        width=WIDTH,
        height=y + 22,
        plot_top=top,
        plot_bottom=panels[-1].bottom,
        strikes=bands,
        windows=list({(band.x1, band.x2): band for band in bands}.values()),
        strikes_left_out=len(series.strikes) - len(shown),
        phases=[_band(p, clock) for p in series.phases],
        panels=panels,
        ticks=_clock_ticks(clock),
        xs=[_x(b.at_s + series.bucket_s / 2, clock) for b in series.buckets],
    )


def values(bucket: Bucket) -> dict[str, float | None]:
    """Return a bucket's value for every line."""
    return {
        "placed": bucket.placed,
        "paid": bucket.paid,
        "delivered": bucket.delivered,
        "place_p50": bucket.place_p50_ms,
        "place_p95": bucket.place_p95_ms,
        "delivered_p95": bucket.delivered_p95_ms,
        "backlog": bucket.backlog,
        "errors": bucket.errors,
    }


def _x(at_s: float, clock: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * min(at_s / clock, 1.0), 1)


def _band(span: Span, clock: float, y: float = 0.0) -> Band:
    return Band(span.name, _x(span.start_s, clock), _x(span.end_s, clock), y)


def _clock_ticks(clock: float) -> list[Tick]:
    step = next((s for s in _STEPS_S if clock / s <= 10), 7_200)
    return [Tick(_x(at, clock), at) for at in range(0, int(clock) + 1, step)]


def _panel(name: str, series: Series, top: float, bottom: float) -> Panel:
    columns = {line: [values(b)[line] for b in series.buckets] for line in LINES[name]}
    measured = sorted(v for column in columns.values() for v in column if v is not None)
    timed = name in {"place", "delivered"}
    is_log = timed and _needs_log(measured)
    low, high, ticks = _log_scale(measured) if is_log else _straight_scale(measured, timed=timed)

    def height(value: float) -> float:
        share = (
            math.log(max(value, low) / low) / math.log(high / low)
            if is_log
            else (value - low) / (high - low)
        )
        return round(bottom - (bottom - top) * min(max(share, 0.0), 1.0), 1)

    clock = max(series.end_s, len(series.buckets) * series.bucket_s)
    xs = [_x(b.at_s + series.bucket_s / 2, clock) for b in series.buckets]
    lines = []
    for line, column in columns.items():
        heights = [None if v is None else height(v) for v in column]
        lines.append(Line(name=line, path=_path(xs, heights), heights=heights))
    return Panel(
        name=name,
        top=top,
        bottom=bottom,
        is_log=is_log,
        ticks=[Tick(height(t), t) for t in ticks],
        lines=lines,
    )


def _path(xs: Sequence[float], heights: Sequence[float | None]) -> str:
    """Join neighbours; a lone point becomes a dot, since a round cap is drawn even without length."""
    parts = []
    pen_down = False
    for x, y in zip(xs, heights, strict=True):
        if y is None:
            pen_down = False
            continue
        parts.append(f"L{x:g} {y:g}" if pen_down else f"M{x:g} {y:g}h0")
        pen_down = True
    return "".join(parts)


def _needs_log(measured: Sequence[float]) -> bool:
    return bool(measured) and measured[-1] > LOG_RATIO * max(measured[len(measured) // 2], 1e-3)


def _log_scale(measured: Sequence[float]) -> tuple[float, float, list[float]]:
    """Return whole decades around what was measured, and their ends."""
    low = math.floor(math.log10(max(measured[0], 0.1)))
    high = max(math.ceil(math.log10(measured[-1])), low + 1)
    return 10.0**low, 10.0**high, [10.0**n for n in range(low, high + 1)]


def _straight_scale(
    measured: Sequence[float], *, timed: bool = False
) -> tuple[float, float, list[float]]:
    """Return a scale from 0 to the next round number, with at most five steps; minutes and hours are no decimals."""
    most = measured[-1] if measured and measured[-1] > 0 else 1.0
    unit = 10.0 ** math.floor(math.log10(most))
    step = next(s * unit for s in (0.2, 0.25, 0.5, 1.0, 2.0, 2.5) if most / (s * unit) <= 5)
    if timed and most >= _MINUTE_MS:
        days = math.ceil(most / 5 / _STEPS_MS[-1]) * _STEPS_MS[-1]
        step = next((s for s in _STEPS_MS if most / s <= 5), days)
    many = math.ceil(most / step - 1e-9)
    return 0.0, many * step, [i * step for i in range(many + 1)]
