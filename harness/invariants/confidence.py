"""How sure a rate is: Clopper-Pearson bounds, the rate of lost orders, and what a trial is.

Orders that one outage met share one fate, so that a thousand of them prove no more than the outage itself. A trial is
therefore the episode where a fault strikes everybody at once, and the order where chance draws for each.
"""

import math
from collections.abc import Mapping
from typing import Any

from harness import faults
from harness.core.plan import Plan, StrikeNote
from harness.invariants.store import Store

LEVEL = 0.95
_STEPS = 200


def upper_bound(bad: int, trials: int, level: float = LEVEL) -> float | None:
    """Return the one-sided upper Clopper-Pearson bound of a rate; None without trials.

    For `bad` = 0 it is 1 - (1 - level) ** (1 / trials), near 3 / trials at 95 %.
    Source: Clopper and Pearson, Biometrika 26 (1934), 404-413.
    """
    if trials <= 0:
        return None
    if bad >= trials:
        return 1.0
    if bad == 0:
        return float(-math.expm1(math.log1p(-level) / trials))
    return _where(lambda p: at_most(bad, trials, p) - (1.0 - level))


def lower_bound(bad: int, trials: int, level: float = LEVEL) -> float | None:
    """Return the one-sided lower Clopper-Pearson bound of a rate; None without trials."""
    above = upper_bound(trials - bad, trials, level)
    return None if above is None else 1.0 - above


def at_most(bad: int, trials: int, rate: float) -> float:
    """Return the probability of at most `bad` of `trials` at a rate."""
    if rate <= 0.0:
        return 1.0
    if rate >= 1.0:
        return 1.0 if bad >= trials else 0.0
    log_p, log_q = math.log(rate), math.log1p(-rate)
    whole = math.lgamma(trials + 1)
    return math.fsum(
        math.exp(
            whole
            - math.lgamma(k + 1)
            - math.lgamma(trials - k + 1)
            + k * log_p
            + (trials - k) * log_q
        )
        for k in range(bad + 1)
    )


def _where(falling: Any) -> float:
    """Return where a falling function of a rate crosses zero."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
        if high - low < 1e-12:
            break
    return high


def drop_rate(store: Store, plan: Plan) -> dict[str, Any]:
    """Return the rate of lost orders with its bound, by unit of trial. The view `reconciled` must exist.

    `orders`: paid orders that met no shared fault, one trial each. `episodes`: each outage or other fault that strikes
    everybody at once is one trial, bad if it lost any of the orders that it met; with the orders behind them.
    """
    shared = [note for note in plan.strikes if is_shared(note)]
    store.db.execute("CREATE OR REPLACE TABLE shared_faults (id VARCHAR, on_wire BOOLEAN)")
    if shared:
        wire = set(faults.names())
        rows = [[note.id, note.kind in wire] for note in shared]
        store.db.executemany("INSERT INTO shared_faults VALUES (?, ?)", rows)
    for statement in _EPISODES:
        store.db.execute(statement)
    row = store.row(_ALONE)
    episodes = store.rows(_BY_EPISODE)
    return {
        "level": LEVEL,
        "paid": row["paid"],
        "lost": row["lost"],
        "rate": row["lost"] / row["paid"] if row["paid"] else None,
        "orders": _bounded(row["lost_alone"], row["alone"]),
        "episodes": {
            **_bounded(sum(e["lost"] > 0 for e in episodes), len(episodes)),
            "orders": sum(e["met"] for e in episodes),
            "orders_lost": sum(e["lost"] for e in episodes),
        },
    }


def is_shared(note: StrikeNote) -> bool:
    """Say whether a strike gives all whom it meets one fate: no chance is drawn for each of them."""
    alike = note.share >= 1.0 and note.window_ms is not None
    fault = faults.kinds().get(note.kind)
    return alike or fault is None or fault.by_clock


def _bounded(bad: int, trials: int) -> Mapping[str, Any]:
    return {"trials": trials, "bad": bad, "upper": upper_bound(bad, trials)}


# An episode is a strike from its being switched on to its being switched off. What strikes a process or a link meets no
# exchange; it meets the orders that came while it was on, or were paid then.
_EPISODES = (
    """
    CREATE OR REPLACE TABLE episodes AS
    SELECT ref AS id, time_ns AS on_ns,
           COALESCE(LEAD(time_ns) OVER (PARTITION BY ref ORDER BY time_ns), 9223372036854775807) AS off_ns,
           state, on_wire
    FROM   events JOIN shared_faults ON shared_faults.id = events.ref
    WHERE  kind = 'strike'
    """,
    """
    CREATE OR REPLACE TABLE met_together AS
    SELECT DISTINCT o.intent, e.id, e.on_ns
    FROM   orders AS o JOIN episodes AS e
           ON e.state = 'on' AND NOT e.on_wire
              AND (o.intended_ns BETWEEN e.on_ns AND e.off_ns
                   OR o.first_captured_ns BETWEEN e.on_ns AND e.off_ns)
    UNION
    SELECT DISTINCT s.intent, s.id, COALESCE(e.on_ns, 0)
    FROM   (SELECT intent, UNNEST(strikes) AS id, time_ns FROM events WHERE struck AND intent IS NOT NULL) AS s
    LEFT JOIN episodes AS e ON e.id = s.id AND e.state = 'on' AND s.time_ns BETWEEN e.on_ns AND e.off_ns
    WHERE  s.id IN (SELECT id FROM shared_faults)
    """,
)
_ALONE = """
SELECT COUNT(*) AS paid, COUNT(CASE WHEN r.class = 'lost_delivery' AND NOT r.lied_to THEN 1 END) AS lost,
       -- An order that is still undecided proves nothing and is no trial.
       COUNT(CASE WHEN m.intent IS NULL AND r.class <> 'undecided' THEN 1 END) AS alone,
       COUNT(CASE WHEN m.intent IS NULL AND r.class = 'lost_delivery' AND NOT r.lied_to THEN 1 END) AS lost_alone
FROM   reconciled AS r
LEFT JOIN (SELECT DISTINCT intent FROM met_together) AS m ON m.intent = r.intent
WHERE  r.captured_fen > 0
"""
_BY_EPISODE = """
SELECT m.id, m.on_ns, COUNT(*) AS met,
       COUNT(CASE WHEN r.class = 'lost_delivery' AND NOT r.lied_to THEN 1 END) AS lost
FROM   met_together AS m JOIN reconciled AS r ON r.intent = m.intent
WHERE  r.captured_fen > 0
GROUP BY m.id, m.on_ns
"""
