"""What happened over time: one pass over the ledger, a row per bucket of whole seconds.

The clock starts when the first arrival is due. Rates count orders when they first got there; latencies belong to the
bucket in which the order was to arrive, so that the orders of a strike's window are the ones above it.
"""

import math
from typing import Any

import duckdb
import msgspec

from reports.parts.finished import Finished

MOST_BUCKETS = 720
"""A longer run is told in buckets of several seconds, so that a page stays small."""
SHOWN_PHASES = ("load", "heal", "settle", "audit")
NS = 1_000_000_000


class Span(msgspec.Struct, frozen=True):
    """A named stretch of real time in seconds since the first arrival was due."""

    name: str
    start_s: float
    end_s: float


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of `Series.bucket_s` seconds: rates a second, latencies in ms, None where nothing was measured."""

    at_s: int
    placed: float
    paid: float
    delivered: float
    place_p50_ms: float | None = None
    place_p95_ms: float | None = None
    delivered_p95_ms: float | None = None
    backlog: int = 0
    """Orders that were paid, and had neither goods nor their money back, when the stretch ended."""
    errors: float = 0.0
    """Upstream exchanges a second that did not end well."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """The whole run over time, with its phases and the windows of its strikes."""

    bucket_s: int
    buckets: list[Bucket]
    phases: list[Span]
    strikes: list[Span]
    end_s: float


_BOUNDS = """
SELECT min(time_ns) FILTER (vantage = 'customer' AND kind = 'intent'),
       min(time_ns) FILTER (vantage = 'nemesis' AND kind = 'phase' AND state = 'load'),
       max(time_ns) FILTER (intent IS NOT NULL AND vantage <> 'platform')
FROM events
"""

# Latencies are those that the thresholds are judged by: the driver's lateness is part of a first placing, and a refusal
# took no time that anybody waited for. Each order counts once, when it first got there; a delivery that fits no order
# counts by its number.
_BUCKETS = """
WITH moments AS (
    SELECT kind, (min(time_ns) - $begun) // $width AS bucket
    FROM events
    WHERE (vantage = 'customer' AND kind = 'place' AND outcome = 'ok')
       OR (vantage = 'gateway' AND kind = 'captured')
       OR (vantage = 'operator' AND kind = 'delivered')
    GROUP BY kind, intent, CASE WHEN intent IS NULL THEN order_no END
), orders AS (
    SELECT intent,
           min(time_ns) FILTER (kind = 'intent') AS start_ns,
           max(took_us) FILTER (kind = 'done' AND outcome = 'ok' AND state = 'delivered') AS delivered_us
    FROM events
    WHERE vantage = 'customer' AND intent IS NOT NULL AND kind IN ('intent', 'done')
    GROUP BY intent
), timed AS (
    SELECT (start_ns - $begun) // $width AS bucket,
           took_us AS place_us,
           NULL AS delivered_us
    FROM events JOIN orders USING (intent)
    WHERE vantage = 'customer' AND kind = 'place' AND outcome <> 'fail'
    UNION ALL
    SELECT (start_ns - $begun) // $width, NULL, delivered_us FROM orders
), waits AS (
    SELECT bucket,
           quantile_disc(place_us, 0.5) / 1e3 AS place_p50,
           quantile_disc(place_us, 0.95) / 1e3 AS place_p95,
           quantile_disc(delivered_us, 0.95) / 1e3 * $scale AS delivered_p95
    FROM timed
    GROUP BY bucket
), counts AS (
    SELECT bucket,
           count(*) FILTER (kind = 'place') AS placed,
           count(*) FILTER (kind = 'captured') AS paid,
           count(*) FILTER (kind = 'delivered') AS delivered
    FROM moments
    GROUP BY bucket
)
SELECT bucket, placed, paid, delivered, place_p50, place_p95, delivered_p95
FROM counts FULL JOIN waits USING (bucket)
WHERE bucket BETWEEN 0 AND $most
ORDER BY bucket
"""


# An order is open from its first charge until its first delivery or refund.
_BACKLOG = """
WITH open AS (
    SELECT intent, min(time_ns) FILTER (kind = 'captured') AS paid_ns,
           min(time_ns) FILTER (kind IN ('delivered', 'refunded')) AS over_ns
    FROM events
    WHERE intent IS NOT NULL AND kind IN ('captured', 'delivered', 'refunded')
    GROUP BY intent
), moves AS (
    SELECT (paid_ns - $begun) // $width AS bucket, 1 AS n, 0 AS errors FROM open WHERE paid_ns IS NOT NULL
    UNION ALL
    SELECT (greatest(over_ns, paid_ns) - $begun) // $width, -1, 0 FROM open
    WHERE paid_ns IS NOT NULL AND over_ns IS NOT NULL
    UNION ALL
    SELECT (time_ns - $begun) // $width, 0, 1 FROM events
    WHERE vantage IN ('gateway', 'operator') AND outcome IN ('fail', 'unknown')
      AND kind IN ('create', 'query', 'close', 'refund', 'submit', 'balance')
)
SELECT bucket, sum(n), sum(errors) FROM moves GROUP BY bucket ORDER BY bucket
"""


def of_run(run: Finished, events: duckdb.DuckDBPyConnection) -> Series | None:
    """Return the run over time, or None if no arrival was recorded."""
    first, load, last = events.execute(_BOUNDS).fetchall()[0]
    begun = load if load is not None and (first is None or load <= first) else first
    if begun is None or first is None or last is None:
        return None
    ends = [p.end_ns for p in run.verdict.phases if p.end_ns and p.phase in SHOWN_PHASES]
    end_s = max((max([last, *ends]) - begun) / NS, 1.0)
    bucket_s = max(1, math.ceil(end_s / MOST_BUCKETS))
    rows = events.execute(
        _BUCKETS,
        {
            "begun": begun,
            "width": bucket_s * NS,
            "scale": run.time_scale,
            "most": math.ceil(end_s / bucket_s),
        },
    ).fetchall()
    moves = events.execute(_BACKLOG, {"begun": begun, "width": bucket_s * NS}).fetchall()
    buckets = _every_bucket(rows, bucket_s, math.ceil(end_s / bucket_s))
    return Series(
        bucket_s=bucket_s,
        buckets=_with_backlog(buckets, moves, bucket_s),
        phases=_phases(run, begun, end_s),
        strikes=_strikes(run, begun, end_s),
        end_s=end_s,
    )


def _every_bucket(rows: list[tuple[Any, ...]], bucket_s: int, many: int) -> list[Bucket]:
    """Fill the seconds in which nothing happened: their rates are 0, their latencies unknown."""
    by_number = {int(row[0]): row[1:] for row in rows}
    nothing = (None,) * 6
    return [
        _bucket(number * bucket_s, by_number.get(number, nothing), bucket_s)
        for number in range(max(many, max(by_number, default=-1) + 1))
    ]


def _bucket(at_s: int, row: tuple[Any, ...], bucket_s: int) -> Bucket:
    placed, paid, delivered, p50, p95, delivered_p95 = row
    return Bucket(
        at_s=at_s,
        placed=(placed or 0) / bucket_s,
        paid=(paid or 0) / bucket_s,
        delivered=(delivered or 0) / bucket_s,
        place_p50_ms=p50,
        place_p95_ms=p95,
        delivered_p95_ms=delivered_p95,
    )


def _with_backlog(
    buckets: list[Bucket], moves: list[tuple[Any, ...]], bucket_s: int
) -> list[Bucket]:
    """Add up what came and went; what moved before the first stretch is there from the beginning."""
    by_number = {int(row[0]): (int(row[1]), int(row[2])) for row in moves}
    backlog = sum(n for number, (n, _) in by_number.items() if number < 0)
    found = []
    for number, bucket in enumerate(buckets):
        came, errors = by_number.get(number, (0, 0))
        backlog += came
        found.append(msgspec.structs.replace(bucket, backlog=backlog, errors=errors / bucket_s))
    return found


def _phases(run: Finished, begun: int, end_s: float) -> list[Span]:
    """Return the phases that the clock of arrivals sees; preparing is before it, checking after."""
    spans = []
    for phase in run.verdict.phases:
        if phase.phase not in SHOWN_PHASES:
            continue
        start = max((phase.start_ns - begun) / NS, 0.0)
        end = end_s if phase.end_ns is None else min((phase.end_ns - begun) / NS, end_s)
        if end > start:
            spans.append(Span(phase.phase, start, end))
    return spans


def _strikes(run: Finished, begun: int, end_s: float) -> list[Span]:
    """Return when each strike could strike, the shortest first; without a window, until the faults were healed."""
    healed_ns = run.phase_ns("heal")
    healed = end_s if healed_ns is None else min(max((healed_ns - begun) / NS, 0.0), end_s)
    spans = []
    for strike in run.verdict.strikes:
        start, end = strike.window_ms or (0.0, healed * 1_000.0)
        end = min(
            end, healed * 1_000.0
        )  # a load that was ended early is healed before the window shuts
        spans.append(
            Span(strike.id, start / 1_000.0, max(start, min(end, end_s * 1_000.0)) / 1_000.0)
        )
    return sorted(spans, key=lambda span: span.end_s - span.start_s)
