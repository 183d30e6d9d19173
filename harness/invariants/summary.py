"""What a run looked like, law aside: load, latencies, counts, strikes, phases. Each is a part of verdict.json."""

from collections.abc import Mapping
from typing import Any

from harness import faults
from harness.core.plan import Plan
from harness.faults import _link
from harness.invariants.store import Store

PHASES = ("prepare", "load", "heal", "settle", "audit", "check")


def load(store: Store, plan: Plan) -> dict[str, Any]:
    """Return how many arrivals were offered and begun, and how late the driver itself was."""
    seen = store.row(_LOAD)
    span_s = (seen["last_ns"] - seen["first_ns"]) / 1e9 if seen["arrivals"] > 1 else 0.0
    return {
        "intents": seen["n"],
        "arrivals": seen["arrivals"],
        "offered_per_s": round(plan.intents / (plan.load_ms / 1000), 3) if plan.load_ms else None,
        "achieved_per_s": round((seen["arrivals"] - 1) / span_s, 3) if span_s else None,
        "lateness_p99_ms": _ms(seen["p99_us"]),
        "lateness_max_ms": _ms(seen["max_us"]),
    }


_LOAD = """
SELECT COUNT(*) AS n, COUNT(arrived_ns) AS arrivals, MIN(arrived_ns) AS first_ns, MAX(arrived_ns) AS last_ns,
       QUANTILE_DISC(late_us, 0.99) AS p99_us, MAX(late_us) AS max_us
FROM   (
    -- a later wish of a customer who had come already is no arrival
    SELECT CASE WHEN (detail ->> 'first') IS NULL THEN time_ns + COALESCE(late_us, 0) * 1000 END AS arrived_ns,
           CASE WHEN (detail ->> 'first') IS NULL THEN late_us END AS late_us
    FROM   events
    WHERE  kind = 'intent'
)
"""


def latency(store: Store, plan: Plan) -> dict[str, dict[str, float | None]]:
    """Return percentiles in ms by what was timed: real time of calls, upstream time of deliveries."""
    found = {row["timed"]: row for row in store.rows(_LATENCY)}
    scale = {"delivered": plan.time_scale}
    return {
        timed: {
            name: _ms(value, scale.get(timed, 1.0))
            for name, value in zip(("p50", "p90", "p95", "p99"), row["us"], strict=True)
        }
        for timed, row in found.items()
    }


_LATENCY = """
SELECT CASE WHEN kind = 'done' THEN 'delivered' ELSE kind END AS timed,
       QUANTILE_DISC(waited_us, [0.5, 0.9, 0.95, 0.99]) AS us
FROM   events
WHERE  waited_us IS NOT NULL
GROUP BY 1
ORDER BY 1
"""


def aborted(store: Store, plan: Plan, load: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the threshold that ended the load early, when, and at what; None where the load came to its own end."""
    rows = store.rows(_ABORTED)
    if not rows:
        return None
    row = rows[0]
    return {
        "slo": row["slo"],
        "observed": row["observed"],
        "at_s": round((row["time_ns"] - (row["begun_ns"] or row["time_ns"])) / 1e9, 1),
        "intents": load["intents"],
        "planned": plan.intents,
    }


_ABORTED = """
SELECT a.ref AS slo, TRY_CAST(a.detail ->> 'observed' AS DOUBLE) AS observed, a.time_ns AS time_ns, r.begun_ns
FROM   events AS a CROSS JOIN run AS r
WHERE  a.kind = 'abort' AND a.vantage = 'nemesis'
ORDER BY a.time_ns
LIMIT 1
"""


def counts(store: Store) -> dict[str, int]:
    """Return how many orders were placed, paid, and how they ended."""
    return store.row(_COUNTS)


_COUNTS = """
WITH ended AS (
    SELECT *, captures > 0 AS was_paid, units_delivered >= units_ordered AS was_delivered,
           captures > 0 AND net_fen <= 0 AS was_refunded,
           COALESCE(audit_state = 'closed', FALSE) AND net_fen <= 0 AS was_closed
    FROM orders
)
SELECT COUNT(CASE WHEN placed_ok > 0 THEN 1 END) AS placed,
       COUNT(CASE WHEN was_paid THEN 1 END) AS paid,
       COUNT(CASE WHEN was_delivered THEN 1 END) AS delivered,
       COUNT(CASE WHEN was_refunded THEN 1 END) AS refunded,
       COUNT(CASE WHEN was_closed AND NOT was_refunded THEN 1 END) AS closed,
       COUNT(CASE WHEN placed_ok > 0 AND NOT (was_delivered OR was_refunded OR was_closed) THEN 1 END) AS open
FROM   ended
"""


def strikes(store: Store, plan: Plan) -> list[dict[str, Any]]:
    """Return for each planned strike how many orders it could have met and did strike, and what keyed it."""
    met = {row["id"]: row for row in store.rows(_MET)} if plan.strikes else {}
    switched = {row["id"]: row["n"] for row in store.rows(_SWITCHED)} if plan.strikes else {}
    wire = {*faults.names(), *_link.names()}
    notes = []
    for note in plan.strikes:
        row = met.get(note.id, {"by_intent": 0, "by_number": 0, "eligible": 0})
        n = row["by_intent"] + row["by_number"]
        if note.kind not in wire:
            # What strikes a process or a link meets no exchange of its own; being switched on is all it can do.
            n = switched.get(note.id, 0)
        notes.append(
            {
                "id": note.id,
                "at": note.at,
                "kind": note.kind,
                "share": note.share,
                "window_ms": note.window_ms,
                "lacks": note.lacks,
                "optional": note.optional,
                "eligible": max(n, row["eligible"]),
                "struck": n,
                "keyed_by": {"intent": row["by_intent"], "order_no": row["by_number"]},
            }
        )
    return notes


# An order counts once for a strike, however often it met it. `intent` and `order_no`: the one that it was keyed by.
_MET = """
WITH met AS (
    SELECT UNNEST(strikes) AS id, TRUE AS hit, intent, intent_by, order_no FROM events WHERE struck
    UNION ALL
    SELECT UNNEST(spared) AS id, FALSE AS hit, intent, intent_by, order_no FROM events WHERE LEN(spared) > 0
),
keyed AS (
    SELECT id, CASE WHEN intent_by = 'recorder' THEN intent END AS intent,
           CASE WHEN intent_by <> 'recorder' THEN order_no END AS order_no, MAX(hit) AS hit
    FROM   met
    GROUP BY 1, 2, 3
)
SELECT id, COUNT(CASE WHEN hit THEN intent END) AS by_intent, COUNT(CASE WHEN hit THEN order_no END) AS by_number,
       COUNT(intent) + COUNT(order_no) AS eligible
FROM   keyed
GROUP BY id
"""
_SWITCHED = """
SELECT ref AS id, COUNT(*) AS n FROM events WHERE kind = 'strike' AND state = 'on' GROUP BY ref
"""


def phases(store: Store) -> list[dict[str, Any]]:
    """Return the phases that began, in order; one ends where the next begins, the last with the last row."""
    begun = store.rows(_PHASES)
    ends = [phase["start_ns"] for phase in begun[1:]]
    return (
        [
            {"phase": phase["phase"], "start_ns": phase["start_ns"], "end_ns": end}
            for phase, end in zip(begun, [*ends, begun[-1]["last_ns"]], strict=True)
        ]
        if begun
        else []
    )


_PHASES = """
SELECT p.phase, p.start_ns, l.last_ns
FROM   (SELECT state AS phase, MIN(time_ns) AS start_ns, MIN(seq) AS seq
        FROM events WHERE kind = 'phase' GROUP BY state) AS p
CROSS JOIN (SELECT MAX(time_ns) AS last_ns FROM events
            WHERE kind = 'phase' OR (kind = 'close' AND COALESCE(channel, '') = '')) AS l
ORDER BY p.start_ns, p.seq
"""


def timings(found: list[dict[str, Any]]) -> dict[str, float]:
    """Return the real seconds that each phase took."""
    return {f"{p['phase']}_s": round((p["end_ns"] - p["start_ns"]) / 1e9, 3) for p in found}


def observed(
    times: Mapping[str, Mapping[str, float | None]],
    totals: Mapping[str, int],
    plan: Plan,
    *,
    begun: int,
) -> dict[str, float | None]:
    """Return what thresholds are compared with: real ms by `place_p95`, and shares of one.

    Deliveries are brought back to real time: under a time scale upstream time would magnify the platform's own
    handling, which does not scale, and blame it for slowness that nobody would see.
    """
    flat = {f"{timed}_{p}": ms for timed, row in times.items() for p, ms in row.items()}
    for metric, ms in flat.items():
        if metric.startswith("delivered_") and ms is not None:
            flat[metric] = ms / plan.time_scale
    return {
        **flat,
        "placed_share": _share(totals["placed"], begun),
        "paid_share": _share(totals["paid"], totals["placed"]),
        "delivered_share": _share(totals["delivered"], totals["paid"]),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _ms(us: float | None, scale: float = 1.0) -> float | None:
    return None if us is None else round(us * scale / 1000, 3)
