"""The laws of a run that goes on, counted over its journals so far by the checker itself.

A breach that rows prove by being there (`proof: seen`) is a breach whatever comes later, so it is counted. Every other
law can still be mended by what is on its way: of those only the cases are counted, and the end decides.
"""

import tempfile
from pathlib import Path

import duckdb
import msgspec

from harness.core.clock import now_ns, tick_s
from harness.core.plan import Plan
from harness.invariants.checker import build_facts, run_law
from harness.invariants.journals import convert
from harness.invariants.law import LawHeader, laws
from harness.invariants.store import Store

MEMORY = "400MB"
MOST_BYTES = 256 << 20
"""Of journals beyond this, counting along would cost the run too much."""


class LawCount(msgspec.Struct, frozen=True, kw_only=True):
    """One law so far; `broken` is None where only the end can decide."""

    law: str
    cases: int
    broken: int | None
    open: int


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """All laws at one moment; `error` says why there are none."""

    laws: list[LawCount] = []
    at_ns: int = 0
    took_s: float = 0.0
    error: str = ""
    too_long: bool = False


def wanted(plan: Plan) -> list[LawHeader]:
    """Return the headers of the laws that the run will be judged by."""
    return [header for header in laws() if header.name in plan.laws]


def count(run_dir: Path, plan: Plan, scratch: Path) -> Counted:
    """Count every law over what the journals hold now; what goes wrong is said, not raised."""
    began_s, at_ns = tick_s(), now_ns()
    try:
        if sum(path.stat().st_size for path in (run_dir / "journals").iterdir()) > MOST_BYTES:
            return Counted(at_ns=at_ns, too_long=True)
        with tempfile.TemporaryDirectory(dir=scratch, prefix="laws-") as folder:
            found = _count(Path(folder), run_dir, plan)
    except (duckdb.Error, OSError) as error:
        return Counted(at_ns=at_ns, error=" ".join(str(error).split())[:300])
    return Counted(laws=found, at_ns=at_ns, took_s=round(tick_s() - began_s, 3))


def _count(folder: Path, run_dir: Path, plan: Plan) -> list[LawCount]:
    (folder / "journals").symlink_to((run_dir / "journals").resolve())
    with Store(folder) as store:
        store.db.execute("SET threads = 1")
        store.db.execute(f"SET memory_limit = '{MEMORY}'")
        convert(store, folder, plan)
        build_facts(store, plan)
        return [_law(store, header) for header in wanted(plan)]


def _law(store: Store, header: LawHeader) -> LawCount:
    judged = run_law(store, header, whole=False)
    return LawCount(
        law=header.name,
        cases=judged.cases,
        broken=judged.broken if header.proof == "seen" else None,
        open=judged.unknown,
    )
