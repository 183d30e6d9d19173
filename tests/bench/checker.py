"""How long all laws take on a hundred thousand and on a million orders, and in how much memory.

    python -m tests.bench.checker [orders ...]

Each size runs in a process of its own: events.parquet is made first, then facts, laws and gates are timed, and after
them the yardstick: one plain fold of the same events, which tells a slow machine from a slow checker. The conversion of
journals is timed apart, on the smallest size.
"""

import multiprocessing
import resource
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from harness.core.clock import tick_s
from harness.invariants.journals import convert
from harness.invariants.judge import weigh
from harness.invariants.store import Store
from tests.bench.synthetic import write_journals, write_parquet

SIZES = (100_000, 1_000_000)
ALLOWED_S, ALLOWED_MIB = 8.0, 2048
"""What a million orders may take on two idle cores."""
ALLOWED_FOLDS = 8.0
"""How many times the yardstick they may take on any machine."""

YARDSTICK = """
CREATE OR REPLACE TABLE folded AS
SELECT intent,
       COUNT(*)                                                    AS n,
       COUNT(CASE WHEN kind = 'captured' THEN 1 END)               AS captures,
       SUM(CASE WHEN kind = 'captured' THEN amount_fen END)        AS captured_fen,
       SUM(CASE WHEN kind = 'refunded' THEN amount_fen END)        AS refunded_fen,
       MIN(CASE WHEN kind = 'captured' THEN time_ns END)           AS first_captured_ns,
       COUNT(CASE WHEN kind = 'delivered' THEN 1 END)              AS deliveries,
       SUM(CASE WHEN kind = 'delivered' THEN units END)            AS units_delivered,
       MIN(CASE WHEN kind = 'delivered' THEN time_ns END)          AS first_delivered_ns,
       MAX(CASE WHEN kind = 'delivered' THEN time_ns END)          AS last_delivered_ns,
       COUNT(CASE WHEN kind = 'place' AND outcome = 'ok' THEN 1 END) AS placed,
       MAX(CASE WHEN kind = 'status' THEN time_ns END)             AS last_asked_ns,
       MAX(CASE WHEN kind = 'audit' THEN state END)                AS audit_state
FROM   read_parquet({events})
WHERE  intent IS NOT NULL
GROUP BY intent
"""


def run(sizes: tuple[int, ...] = SIZES) -> list[dict[str, Any]]:
    """Measure each size; a row each, and one for the conversion."""
    return [*(_apart(judge_events, n) for n in sizes), _apart(convert_journals, min(sizes))]


def _apart(measure: Callable[[int], dict[str, Any]], orders: int) -> dict[str, Any]:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(measure, orders).result()


def judge_events(orders: int) -> dict[str, Any]:
    """Judge a synthetic run of this many orders; refuse a verdict that is not the known one."""
    with tempfile.TemporaryDirectory() as name:
        made_s, plan = _timed(write_parquet, Path(name), orders)
        with Store(Path(name)) as store:
            before_s = _cpu_s()
            took_s, found = _timed(weigh, store, plan, [])
            cpu_s = _cpu_s() - before_s
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        fold_s = min(fold(Path(name)) for _ in range(2))
    broken = {law["law"]: law["broken"] for law in found["laws"] if law["broken"]}
    expected = dict.fromkeys(
        ("charged_once", "no_duplicate_delivery", "no_lost_delivery"), orders // 1000
    )
    assert broken == expected | {"settles_in_time": orders // 1000 * 2, "recovers_in_time": 1}, (
        broken
    )
    return {
        "orders": orders,
        "judged_s": round(took_s, 2),
        "cpu_s": round(cpu_s, 2),
        "us_per_order": round(took_s / orders * 1e6, 2),
        "fold_s": round(fold_s, 2),
        "folds": round(took_s / fold_s, 2),
        "peak_mib": peak_mib,
        "generated_s": round(made_s, 2),
    }


def fold(folder: Path) -> float:
    """Time the yardstick: what anybody would write to sum up each order."""
    with Store(folder) as store:
        took_s, _ = _timed(store.db.execute, YARDSTICK.format(events=store.parquet("events")))
    return took_s


def convert_journals(orders: int) -> dict[str, Any]:
    """Convert the journals of a synthetic run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = write_journals(folder, orders)
        size = sum(path.stat().st_size for path in (folder / "journals").iterdir())
        with Store(folder) as store:
            took_s, trouble = _timed(convert, store, folder, plan)
    assert not trouble, trouble
    return {
        "orders": orders,
        "converted_s": round(took_s, 2),
        "mib_per_s": round(size / took_s / 2**20, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _timed(work: Callable[..., Any], *args: object) -> tuple[float, Any]:
    begun_s = tick_s()
    result = work(*args)
    return tick_s() - begun_s, result


def main() -> None:
    """Print a line a measurement, and for the largest size how it stands to what is allowed."""
    sizes = tuple(int(word) for word in sys.argv[1:]) or SIZES
    rows = run(sizes)
    for row in rows:
        print("   ".join(f"{key}: {value}" for key, value in row.items()))
    largest = max(rows[: len(sizes)], key=lambda row: row["orders"])
    allowed_s = ALLOWED_S * max(1.0, largest["orders"] / 1_000_000)
    for what, value, most in (
        ("seconds", largest["judged_s"], allowed_s),
        ("yardstick folds", largest["folds"], ALLOWED_FOLDS),
        ("MiB", largest["peak_mib"], ALLOWED_MIB),
    ):
        met = "met" if value <= most else "NOT met"
        print(f"{largest['orders']:,} orders: {value:g} {what}, allowed {most:g}: {met}")


if __name__ == "__main__":
    main()
