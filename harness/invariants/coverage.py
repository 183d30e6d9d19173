"""Which faults met an order in which phase of its life: the cells of a grid, and those that a scenario demands.

    unpaid > paid_not_notified > notified_not_acked > acked_not_delivered > delivering > delivered, and refunding

The platform hides its own phase, so it is taken from what the ledgers of gateway and operator saw. A fault that met
nothing in a phase says nothing about it: a demanded cell without orders makes a run INCONCLUSIVE.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness import faults
from harness.core.errors import did_you_mean
from harness.core.plan import Plan
from harness.invariants.reason import Reason
from harness.invariants.store import Store

PHASES = (
    "unpaid",
    "paid_not_notified",
    "notified_not_acked",
    "acked_not_delivered",
    "delivering",
    "delivered",
    "refunding",
)


def parse_cell(text: str) -> tuple[str, str]:
    """Read `duplicate @ delivered` as a fault's kind and a phase.

    Raises:
        ValueError: it is no cell; the message says what would be.
    """
    kind, at, phase = (part.strip() for part in text.partition("@"))
    if not (kind and at and phase):
        raise ValueError(f"a cell such as 'duplicate @ delivered', not {text!r}")
    if phase not in PHASES:
        raise ValueError(f"no phase {phase!r}{did_you_mean(phase, PHASES)}")
    return kind, phase


def grid(store: Store, plan: Plan) -> dict[str, Any]:
    """Return how many orders each kind of planned fault met in each phase, and which demanded cells stayed empty."""
    kinds = {note.id: note.kind for note in plan.strikes}
    store.db.execute(
        "CREATE OR REPLACE TABLE strike_kinds (id VARCHAR, fault VARCHAR, on_wire BOOLEAN)"
    )
    if kinds:
        wire = set(faults.names())
        rows = [[name, kind, kind in wire] for name, kind in kinds.items()]
        store.db.executemany("INSERT INTO strike_kinds VALUES (?, ?, ?)", rows)
    met = {(row["fault"], row["phase"]): row["orders"] for row in store.rows(_MET)}
    cells = [
        {"fault": kind, "phase": phase, "orders": met.get((kind, phase), 0)}
        for kind in sorted(set(kinds.values()))
        for phase in PHASES
    ]
    return {
        "phases": list(PHASES),
        "cells": cells,
        "demanded": list(plan.coverage),
        "uncovered": [text for text in plan.coverage if not met.get(parse_cell(text))],
    }


def gate(found: Mapping[str, Any]) -> Iterator[Reason]:
    """Say which demanded cells no order met."""
    uncovered: Sequence[str] = found["uncovered"]
    for text in uncovered:
        yield Reason(
            f"The coverage {text} was demanded, and no order was met there.",
            f"要求覆盖 {text}，但没有订单在该阶段被命中。",
        )


# A delivery that was struck is counted where the order was before it; an outage of a process meets every order that was
# begun and not yet over. `submit` is asked for by an order that waits for its goods, and begins what follows.
_MET = """
WITH life AS (
    SELECT intent,
           MIN(CASE WHEN kind = 'intent' THEN time_ns END)                                    AS begun_ns,
           MIN(CASE WHEN kind = 'captured' THEN time_ns END)                                  AS paid_ns,
           MIN(CASE WHEN kind = 'notify' AND vantage = 'gateway' AND sent AND NOT forged THEN time_ns END) AS told_ns,
           MIN(CASE WHEN kind = 'notify' AND vantage = 'gateway' AND NOT forged AND outcome = 'ok'
                    THEN time_ns + took_us * 1000 END)                                        AS acked_ns,
           MIN(CASE WHEN kind = 'submit' THEN time_ns END)                                    AS submitted_ns,
           MIN(CASE WHEN kind = 'delivered' THEN time_ns END)                                 AS delivered_ns,
           MIN(CASE WHEN kind = 'refund' AND vantage = 'gateway' THEN time_ns END)            AS refunding_ns
    FROM   events
    WHERE  intent IS NOT NULL AND kind IN ('intent', 'captured', 'notify', 'submit', 'delivered', 'refund')
      AND  (EXISTS (SELECT 1 FROM strike_kinds WHERE NOT on_wire)
            OR intent IN (SELECT intent FROM events WHERE struck AND intent IS NOT NULL))
    GROUP BY intent
),
hits AS (
    SELECT intent, UNNEST(strikes) AS id, time_ns FROM events WHERE struck AND intent IS NOT NULL
    UNION ALL
    SELECT l.intent, e.ref, e.time_ns
    FROM   events AS e
    JOIN   strike_kinds AS k ON k.id = e.ref AND NOT k.on_wire
    JOIN   life AS l ON l.begun_ns <= e.time_ns
    WHERE  e.kind = 'strike' AND e.state = 'on'
),
placed AS (
    SELECT k.fault, h.intent,
           CASE WHEN l.refunding_ns <= h.time_ns THEN 'refunding'
                WHEN l.delivered_ns <= h.time_ns THEN 'delivered'
                WHEN l.paid_ns IS NULL OR h.time_ns < l.paid_ns THEN 'unpaid'
                WHEN l.submitted_ns < h.time_ns THEN 'delivering'
                WHEN l.acked_ns < h.time_ns OR l.submitted_ns = h.time_ns THEN 'acked_not_delivered'
                WHEN l.told_ns < h.time_ns THEN 'notified_not_acked'
                ELSE 'paid_not_notified' END                                                  AS phase
    FROM   hits AS h
    JOIN   strike_kinds AS k ON k.id = h.id
    JOIN   life AS l ON l.intent = h.intent
)
SELECT fault, phase, COUNT(DISTINCT intent) AS orders FROM placed GROUP BY fault, phase
"""
