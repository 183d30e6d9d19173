"""Runs that never happened, made by DuckDB from a range of numbers: as Parquet for speed, as journals for truth.

Eleven rows an order. Of every thousand orders one is lost, one is delivered twice and one is charged twice; a third is
met by a strike. So a verdict on `n` orders is known beforehand: FAIL, with n / 1000 findings of each kind.
"""

from pathlib import Path

import duckdb

from harness.core import plan as plans
from harness.core.plan import Plan, StrikeNote
from harness.invariants.law import laws

T0_NS = 1_800_000_000_000_000_000
GAP_NS = 200_000
PROMISE_MS = 1_800_000.0
SCALE = 60.0
RECORDERS = {"traffic-0": "customer", "gateways": "gateway", "operators": "operator"}
PHASES = ("prepare", "load", "heal", "settle", "audit", "check")

# k numbers the rows of an order; the eleventh is a second delivery or charge where there is one, else a second read.
_ROWS = """
SELECT i, k, i % 1000 AS of_1000,
       ['intent', 'place', 'create', 'captured', 'notify', 'submit', 'delivered', 'status', 'done', 'audit',
        CASE of_1000 WHEN 2 THEN 'delivered' WHEN 3 THEN 'captured' ELSE 'status' END][k] AS kind,
       CASE WHEN kind IN ('create', 'captured', 'notify') THEN 'gateway'
            WHEN kind IN ('submit', 'delivered') THEN 'operator'
            WHEN kind = 'audit' THEN 'platform' ELSE 'customer' END AS vantage
FROM   (SELECT r // 11 AS i, r % 11 + 1 AS k FROM range(0, {n} * 11) AS t(r))
WHERE  NOT (of_1000 = 1 AND kind = 'delivered')
"""

_EVENTS = """
SELECT 'bench' AS run,
       CASE vantage WHEN 'customer' THEN 'traffic-0' WHEN 'gateway' THEN 'gateways' WHEN 'operator' THEN 'operators'
            ELSE 'supervisor' END AS recorder,
       CAST(i * 11 + k AS BIGINT) AS seq, vantage, kind,
       CASE WHEN kind = 'audit' THEN {settled_ns} + 1000000 + i
            ELSE {t0_ns} + i * {gap_ns} + k * 100000000 END AS time_ns,
       i AS intent, 'recorder' AS intent_by, CASE WHEN kind = 'delivered' THEN i END AS order_intent,
       CASE WHEN kind = 'intent' THEN '' ELSE 'R20261122' || lpad(CAST(i AS VARCHAR), 10, '0') END AS order_no,
       CASE WHEN vantage = 'gateway' THEN '4200' || lpad(CAST(i AS VARCHAR), 12, '0')
            WHEN vantage = 'operator' THEN 'S' || CAST(i * 11 + k AS VARCHAR) ELSE '' END AS ref,
       CASE WHEN vantage = 'operator' THEN 'dayuanren' ELSE 'epay' END AS channel,
       CASE WHEN kind = 'intent' OR vantage = 'operator' THEN '138' || lpad(CAST(i AS VARCHAR), 8, '0')
            ELSE '' END AS account,
       CASE WHEN kind = 'intent' THEN 'hf50' ELSE '' END AS sku,
       CAST(CASE WHEN vantage = 'operator' THEN 4960 ELSE 4990 END AS BIGINT) AS amount_fen,
       CASE WHEN kind IN ('intent', 'captured', 'delivered') THEN '' ELSE 'ok' END AS outcome,
       CASE WHEN kind = 'notify' THEN 'paid' WHEN kind NOT IN ('status', 'done', 'audit') THEN ''
            WHEN of_1000 = 1 THEN 'paid' ELSE 'delivered' END AS state,
       CAST(1 AS BIGINT) AS attempt, CAST(200 AS BIGINT) AS http_status, CAST(2000 + i % 3000 AS BIGINT) AS took_us,
       CASE WHEN kind = 'notify' AND i % 3 = 0 THEN ['three'] ELSE CAST([] AS VARCHAR[]) END AS strikes,
       CASE WHEN kind = 'notify' AND i % 3 = 1 THEN ['three'] ELSE CAST([] AS VARCHAR[]) END AS spared,
       CASE kind WHEN 'intent' THEN '{{"persona":"patient","customer":1,"units":1,"late_us":100}}'
            WHEN 'delivered' THEN '{{"units":1}}' ELSE '{{}}' END AS detail
FROM   ({rows})
"""

# What the conversion lifts out of `detail`, so that a benchmark of the laws need not convert.
_LIFTED = """
SELECT *, 1.0::DOUBLE AS units, CASE WHEN kind = 'intent' THEN 'patient' ELSE '' END AS persona,
       CASE WHEN kind = 'intent' THEN CAST(100 AS BIGINT) END AS late_us,
       CASE WHEN kind IN ('place', 'status') OR (kind = 'done' AND state = 'delivered')
            THEN took_us END AS waited_us,
       FALSE AS cards, kind = 'notify' AS sent, FALSE AS forged, kind IN ('status', 'audit') AS shown,
       len(strikes) > 0 AS struck, FALSE AS lied, FALSE AS untraced, kind = 'notify' AS genuine
FROM   events
"""


def plan_of(orders: int) -> Plan:
    """Return the plan that the synthetic run fulfils."""
    wanted = [law for law in laws() if law.needs in {"", "operators"}]
    asked = tuple(law.name for law in wanted if not law.exercised_by)
    return Plan(
        run="bench",
        scenario="synthetic",
        target="none",
        seed=7,
        time_scale=SCALE,
        workers=1,
        intents=orders,
        load_ms=orders * GAP_NS / 1e6,
        recorders=("supervisor", *RECORDERS),
        strikes=(StrikeNote(id="three", at="epay.notify", kind="duplicate", share=0.5),),
        laws=asked,
        settle_within_ms=PROMISE_MS,
    )


def write_parquet(folder: Path, orders: int) -> Plan:
    """Write parquet/events.parquet as the conversion would have left it, and the plan."""
    plan = _begin(folder, orders)
    with duckdb.connect() as db:
        db.execute("SET threads = 2")
        db.execute("SET enable_progress_bar = false")
        db.execute(f"CREATE VIEW events AS {_events(orders)} UNION ALL BY NAME {_phases(orders)}")
        db.execute(f"COPY ({_LIFTED}) TO '{folder}/parquet/events.parquet' (FORMAT PARQUET)")
    return plan


def write_journals(folder: Path, orders: int) -> Plan:
    """Write the journals of a run that kept none of what the conversion adds, and the plan."""
    plan = _begin(folder, orders)
    with duckdb.connect() as db:
        db.execute("SET enable_progress_bar = false")
        db.execute(f"CREATE VIEW events AS {_events(orders)} UNION ALL BY NAME {_phases(orders)}")
        for recorder in plan.recorders:
            db.execute(
                f"COPY ({_journal(recorder)}) TO '{folder}/journals/{recorder}.ndjson' (FORMAT JSON)"
            )
    return plan


def _begin(folder: Path, orders: int) -> Plan:
    (folder / "parquet").mkdir(parents=True, exist_ok=True)
    (folder / "journals").mkdir(exist_ok=True)
    plan = plan_of(orders)
    plans.write(plan, folder)
    return plan


def _healed_ns(orders: int) -> int:
    return T0_NS + orders * GAP_NS + 3_000_000_000


def _settled_ns(orders: int) -> int:
    return _healed_ns(orders) + int(PROMISE_MS * 1e6 / SCALE) + 1_000_000_000


def _events(orders: int) -> str:
    rows = _ROWS.format(n=orders)
    return _EVENTS.format(rows=rows, t0_ns=T0_NS, gap_ns=GAP_NS, settled_ns=_settled_ns(orders))


def _phases(orders: int) -> str:
    healed, settled = _healed_ns(orders), _settled_ns(orders)
    begins = (T0_NS - 10**9, T0_NS, healed, healed + 1, settled, settled + 10**10)
    values = ", ".join(
        f"('{p}', {ns}, {n})" for n, (p, ns) in enumerate(zip(PHASES, begins, strict=True))
    )
    return f"""
SELECT 'bench' AS run, 'supervisor' AS recorder, CAST(-10 + n AS BIGINT) AS seq, 'nemesis' AS vantage,
       'phase' AS kind, CAST(ns AS BIGINT) AS time_ns, '' AS intent_by, '' AS order_no, '' AS ref, '' AS channel,
       '' AS account, '' AS sku, '' AS outcome, phase AS state, CAST([] AS VARCHAR[]) AS strikes,
       CAST([] AS VARCHAR[]) AS spared, '{{}}' AS detail, CAST(0 AS BIGINT) AS took_us
FROM   (VALUES {values}) AS t(phase, ns, n)"""


def _journal(recorder: str) -> str:
    """One recorder's rows, numbered without a gap, between an open and a close row."""
    columns = "vantage, kind, time_ns, intent, order_no, ref, channel, account, sku, amount_fen, outcome, state"
    columns += ", attempt, http_status, took_us, strikes, spared, CAST(detail AS JSON) AS detail"
    return f"""
SELECT 'bench' AS run, '{recorder}' AS recorder, row_number() OVER (ORDER BY place, seq) - 1 AS seq,
       * EXCLUDE (place, seq)
FROM   (SELECT 1 AS place, seq, {columns} FROM events WHERE recorder = '{recorder}'
        UNION ALL BY NAME
        SELECT p AS place, 0 AS seq, 'nemesis' AS vantage, kind, {T0_NS} AS time_ns
        FROM   (VALUES (0, 'open'), (2, 'close')) AS t(p, kind))
ORDER BY seq"""
