"""How long all laws take on a hundred thousand and on a million orders, and in how much memory.

    python -m tests.bench.checker [orders ...]

Each size runs in a process of its own: events.parquet is made first, then facts, laws and gates are timed. The
conversion of journals is timed apart, on the smallest size.
"""

import multiprocessing
import resource
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from harness.core.clock import tick_s
from harness.invariants.journals import convert
from harness.invariants.judge import weigh
from harness.invariants.store import Store
from tests.bench.synthetic import write_journals, write_parquet

SIZES = (100_000, 1_000_000)
ALLOWED_S, ALLOWED_MIB = 8.0, 2048
"""What a million orders may take on two idle cores."""


def run(sizes: tuple[int, ...] = SIZES) -> list[dict[str, object]]:
    """Measure each size; a row each, and one for the conversion."""
    return [*(_apart(judge_events, n) for n in sizes), _apart(convert_journals, min(sizes))]


def _apart(measure: object, orders: int) -> dict[str, object]:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(measure, orders).result()


def judge_events(orders: int) -> dict[str, object]:
    """Judge a synthetic run of this many orders; refuse a verdict that is not the known one."""
    with tempfile.TemporaryDirectory() as name:
        made_s, plan = _timed(write_parquet, Path(name), orders)
        with Store(Path(name)) as store:
            before_s = _cpu_s()
            took_s, found = _timed(weigh, store, plan, [])
            cpu_s = _cpu_s() - before_s
    broken = {law["law"]: law["broken"] for law in found["laws"] if law["broken"]}
    expected = dict.fromkeys(
        ("charged_once", "no_duplicate_delivery", "no_lost_delivery"), orders // 1000
    )
    assert broken == expected | {"settles_in_time": orders // 1000 * 2}, broken
    return {
        "orders": orders,
        "judged_s": round(took_s, 2),
        "cpu_s": round(cpu_s, 2),
        "us_per_order": round(took_s / orders * 1e6, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "generated_s": round(made_s, 2),
    }


def convert_journals(orders: int) -> dict[str, object]:
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


def _timed(work, *args):
    begun_s = tick_s()
    result = work(*args)
    return tick_s() - begun_s, result


def main() -> None:
    """Print a line a measurement."""
    sizes = tuple(int(word) for word in sys.argv[1:]) or SIZES
    for row in run(sizes):
        print("   ".join(f"{key}: {value}" for key, value in row.items()))
    print(f"allowed for a million orders on two idle cores: {ALLOWED_S:g} s, {ALLOWED_MIB} MiB")


if __name__ == "__main__":
    main()
