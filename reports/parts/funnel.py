"""The way of the orders: paid, received by the platform, asked of an upstream, delivered; and the recovery after heal.

    captured --> acked, or acted upon --> first submit --> first delivery

Each with the time spent since the one before, in upstream ms, and with who stayed behind.
"""

from itertools import pairwise
from typing import Any

import duckdb
import msgspec

from reports.parts.finished import Finished

NODES = ("paid", "received", "called", "delivered")
MARKS_MIN = (1, 5, 15, 60)
MOST_POINTS = 240
_NS_OF_MS = 1e6


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One station: how many came, how many of those before it did not and why, and what it took them since the last."""

    name: str
    orders: int
    missing: int = 0
    refunded: int = 0
    """Of the missing, those whose money went back."""
    median_ms: float | None = None
    p95_ms: float | None = None


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """Orders that were paid and open when the faults were healed, and the share of them that was over since."""

    orders: int
    still_open: int
    points: list[tuple[float, float]]
    """(ms since heal, share repaired), rising; at most `MOST_POINTS`."""
    marks: list[tuple[int, float | None]]
    """(minutes since heal, share repaired); None where the run ended before."""
    end_ms: float


# The platform has received a payment when it acknowledged its notification, or acted as one who knows.
_LIVES = """
WITH lives AS (
    SELECT intent,
           min(time_ns) FILTER (kind = 'captured') AS paid_ns,
           min(CASE WHEN vantage = 'gateway' AND kind = 'notify' AND outcome = 'ok' AND state IN ('paid', '')
                    THEN time_ns + took_us * 1000
                    WHEN kind = 'submit' THEN time_ns
                    WHEN vantage = 'customer' AND kind = 'status' AND outcome = 'ok'
                         AND state IN ('paid', 'delivering', 'delivered') THEN time_ns + took_us * 1000
               END) AS received_ns,
           min(time_ns) FILTER (kind = 'submit') AS submitted_ns,
           min(time_ns) FILTER (kind = 'delivered') AS delivered_ns,
           min(time_ns) FILTER (kind = 'refunded') AS refunded_ns
    FROM events
    WHERE intent IS NOT NULL AND kind IN ('captured', 'notify', 'submit', 'status', 'delivered', 'refunded')
    GROUP BY intent
)
SELECT *, coalesce(submitted_ns, delivered_ns) AS called_ns FROM lives WHERE paid_ns IS NOT NULL
"""
_STEP = """
SELECT count({there}_ns), count(*) FILTER ({there}_ns IS NULL), count(refunded_ns) FILTER ({there}_ns IS NULL),
       quantile_disc(greatest({there}_ns - {here}_ns, 0), [0.5, 0.95])
FROM lives WHERE {here}_ns IS NOT NULL
"""


def of_run(run: Finished, events: duckdb.DuckDBPyConnection) -> list[Node]:
    """Return the stations from payment to delivery; without a payment none."""
    events.execute(f"CREATE OR REPLACE TEMP TABLE lives AS {_LIVES}")
    paid = _one(events, "SELECT count(*) FROM lives")[0]
    if not paid:
        return []
    nodes = [Node(name="paid", orders=paid)]
    for here, there in pairwise(NODES):
        orders, missing, refunded, spans = _one(events, _STEP.format(here=here, there=there))
        median, p95 = spans or (None, None)
        nodes.append(
            Node(
                name=there,
                orders=orders,
                missing=missing,
                refunded=refunded,
                median_ms=_upstream_ms(median, run),
                p95_ms=_upstream_ms(p95, run),
            )
        )
    return nodes


def recovery(run: Finished, events: duckdb.DuckDBPyConnection) -> Recovery | None:
    """Return how what was open at heal was repaired, or None if nothing was, or the run was never healed.

    Needs what `of_run` has made of the same connection.
    """
    healed = run.phase_ns("heal")
    if healed is None:
        return None
    rows = events.execute(
        "SELECT least(delivered_ns, refunded_ns) FROM lives WHERE paid_ns <= $healed"
        " AND coalesce(least(delivered_ns, refunded_ns), $healed + 1) > $healed ORDER BY 1 NULLS LAST",
        {"healed": healed},
    ).fetchall()
    if not rows:
        return None
    ends = [p.end_ns for p in run.verdict.phases if p.end_ns and p.phase in {"settle", "audit"}]
    waits = [_upstream_ms(row[0] - healed, run) or 0.0 for row in rows if row[0] is not None]
    end_ms = max([*(_upstream_ms(end - healed, run) or 0.0 for end in ends), *waits[-1:], 1.0])
    points = [(ms, (n + 1) / len(rows)) for n, ms in enumerate(waits)]
    stride = max(1, -(-len(points) // MOST_POINTS))
    return Recovery(
        orders=len(rows),
        still_open=len(rows) - len(waits),
        points=[*points[:-1:stride], *points[-1:]],
        marks=[(m, _share(waits, len(rows), m * 60_000.0, end_ms)) for m in MARKS_MIN],
        end_ms=end_ms,
    )


def _share(waits: list[float], orders: int, until_ms: float, end_ms: float) -> float | None:
    """Return the share that was over by then; a run that ended before knows it only if nothing was left."""
    done = sum(ms <= until_ms for ms in waits)
    return done / orders if until_ms <= end_ms or done == orders else None


def _upstream_ms(ns: float | None, run: Finished) -> float | None:
    return None if ns is None else ns / _NS_OF_MS * run.time_scale


def _one(events: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    return events.execute(query).fetchone() or ()
