"""Runs facts and laws over the events of a run.

    build_facts(store, plan)             facts/*.sql -> tables, views and parquet/*.parquet
    run_laws(store, headers, whole=..)   NAME.sql -> held, broken, unknown, findings

A law that crashes, or returns something else than it should, is INCONCLUSIVE with its error: never a pass.
"""

# ruff: noqa: S608 - the queries are our own files and literals; journals reach them as data only

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from harness import faults
from harness.core.plan import Plan
from harness.core.verdict import Verdict
from harness.invariants.evidence import Trails
from harness.invariants.law import FOLDER, LawHeader, fact_files, said_by
from harness.invariants.reason import Reason
from harness.invariants.store import Store
from harness.invariants.wallets import know_topups

FINDINGS_KEPT = 200
SLICE = 250_000
"""Intents folded at a time: some 300 MB of states, and as fast as any size that was tried."""
LAW_COLUMNS = {"intent", "held", "says", "says_zh", "evidence"}


class LawError(Exception):
    """A law's query does not return what a law must."""


class Judged(msgspec.Struct, kw_only=True):
    """What one law concluded; `cases` is held + broken + unknown, whatever number of findings is kept."""

    header: LawHeader
    verdict: Verdict
    held: int = 0
    broken: int = 0
    unknown: int = 0
    reason: Reason | None = None
    undecided: dict[str, Any] = {}
    """What the law says of the first case that it could not decide: {says, says_zh}."""
    findings: list[dict[str, Any]] = []

    @property
    def cases(self) -> int:
        """Return how many cases were judged, or could not be."""
        return self.held + self.broken + self.unknown


def build_facts(store: Store, plan: Plan) -> None:
    """Make `events`, `plan`, `promised`, `products`, `faces`, `topups` and every fact; tables are kept as Parquet.

    Raises:
        duckdb.Error: a fact cannot be made.
    """
    settle_within_ns = int(plan.settle_within_ms * 1e6 / plan.time_scale)
    store.db.execute(
        "CREATE OR REPLACE TABLE plan AS SELECT $run AS run, CAST($scale AS DOUBLE) AS time_scale,"
        " CAST($ns AS BIGINT) AS settle_within_ns, CAST($numberless AS VARCHAR[]) AS numberless, $shaken AS shaken",
        {
            "run": plan.run,
            "scale": plan.time_scale,
            "ns": settle_within_ns,
            "numberless": list(plan.numberless),
            "shaken": _shaken(plan),
        },
    )
    _promise(store, plan)
    store.db.execute(
        "CREATE OR REPLACE TABLE products (operator VARCHAR, product VARCHAR, goods VARCHAR)"
    )
    if plan.products:
        store.db.executemany("INSERT INTO products VALUES (?, ?, ?)", list(plan.products))
    store.db.execute("CREATE OR REPLACE TABLE faces (goods VARCHAR, face_fen BIGINT)")
    if plan.faces:
        store.db.executemany("INSERT INTO faces VALUES (?, ?)", list(plan.faces.items()))
    know_topups(store, plan)
    _announce(store, plan)
    _compensate(store, plan)
    _rule(store, plan)
    _forbid(store, plan)
    _view(store, "events", f"SELECT * FROM read_parquet({store.parquet('events')})")
    for path in fact_files():
        _build(store, path)


def _promise(store: Store, plan: Plan) -> None:
    """Make `promised`: a row per further promise, its number, and what that is in real ns if it is a span."""
    store.db.execute(
        "CREATE OR REPLACE TABLE promised (name VARCHAR, number DOUBLE, span_ns BIGINT)"
    )
    rows = [(name, n, int(n * 1e6 / plan.time_scale)) for name, n in plan.promised.items()]
    if rows:
        store.db.executemany("INSERT INTO promised VALUES (?, ?, ?)", rows)


def _compensate(store: Store, plan: Plan) -> None:
    """Make `compensated`: a row per kind of goods for whose lateness something is promised, spans in real ns."""
    store.db.execute(
        "CREATE OR REPLACE TABLE compensated (goods VARCHAR, late_after_ns BIGINT, within_ns BIGINT,"
        " least_fen BIGINT, most_fen BIGINT, shaken BOOLEAN)"
    )
    rows = [
        [
            one.goods,
            int(one.late_after_ms * 1e6 / plan.time_scale),
            int(one.within_ms * 1e6 / plan.time_scale),
            one.least_fen,
            one.most_fen,
            _shaken(plan),
        ]
        for one in plan.compensates
    ]
    if rows:
        store.db.executemany("INSERT INTO compensated VALUES (?, ?, ?, ?, ?, ?)", rows)


def _rule(store: Store, plan: Plan) -> None:
    """Make `settle_rules`: a row per rule, goods and gateway that it is for (empty: all), its span in real ns."""
    store.db.execute(
        "CREATE OR REPLACE TABLE settle_rules (rank INTEGER, within_ns BIGINT, goods VARCHAR, gateway VARCHAR,"
        " from_ns BIGINT, until_ns BIGINT)"
    )
    rows = [
        [r.rank, int(r.within_ms * 1e6 / plan.time_scale), goods, gateway, r.from_ns, r.until_ns]
        for r in plan.settle_rules
        for goods in r.goods or ("",)
        for gateway in r.gateways or ("",)
    ]
    if rows:
        store.db.executemany("INSERT INTO settle_rules VALUES (?, ?, ?, ?, ?, ?)", rows)


def _forbid(store: Store, plan: Plan) -> None:
    """Make `forbidden`: a row per channel that orders must not go through, and goods (empty: all)."""
    store.db.execute(
        "CREATE OR REPLACE TABLE forbidden (side VARCHAR, channel VARCHAR, goods VARCHAR, above_fen BIGINT,"
        " accounts VARCHAR)"
    )
    rows = [
        [one.side, one.channel, goods, one.above_fen, one.accounts]
        for one in plan.forbidden
        for goods in one.goods or ("",)
    ]
    if rows:
        store.db.executemany("INSERT INTO forbidden VALUES (?, ?, ?, ?, ?)", rows)


def _shaken(plan: Plan) -> bool:
    """Say whether links or processes were struck, which may hold up the platform itself."""
    return any(note.kind not in faults.names() for note in plan.strikes)


def _announce(store: Store, plan: Plan) -> None:
    """Make `announced`: a row per message that is promised, and whether links or processes were struck meanwhile."""
    store.db.execute(
        "CREATE OR REPLACE TABLE announced (what VARCHAR, says VARCHAR, after_ns BIGINT, above_fen BIGINT,"
        " goods VARCHAR, state VARCHAR, most BIGINT, shaken BOOLEAN)"
    )
    shaken = _shaken(plan)
    rows = [
        [
            a.what,
            a.says,
            int(a.after_ms * 1e6 / plan.time_scale),
            a.above_fen,
            a.goods,
            a.state,
            a.most,
            shaken,
        ]
        for a in plan.announces
    ]
    if rows:
        store.db.executemany("INSERT INTO announced VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _build(store: Store, path: Path) -> None:
    query, said = path.read_text(encoding="utf-8"), said_by(path)
    if said.get("keep") == "view":
        _view(store, path.stem, query)
        return
    store.forget(path.stem)
    if "sliced by" in said and (last := _last_intent(store)) >= SLICE:
        _build_in_slices(store, path.stem, query, last)
        return
    store.db.execute(f"CREATE OR REPLACE TABLE {path.stem} AS {query}")
    store.db.execute(f"COPY {path.stem} TO {store.parquet(path.stem)} (FORMAT PARQUET)")


def _build_in_slices(store: Store, name: str, query: str, last: int) -> None:
    """Fold a range of intents at a time into a folder NAME.parquet, and read the fact from there.

    Events lie sorted by intent, so each slice reads only its own part, and the fold's working memory depends on the
    slice, not on the run.
    """
    events = f"SELECT * FROM read_parquet({store.parquet('events')})"
    for begin in range(0, last + 1, SLICE):
        _view(store, "events", f"{events} WHERE intent >= {begin} AND intent < {begin + SLICE}")
        part = store.part(name, begin // SLICE)
        store.db.execute(f"COPY ({query}\n) TO {part} (FORMAT PARQUET)")
    _view(store, "events", events)
    _view(store, name, f"SELECT * FROM read_parquet({store.part(name, '*')})")


def _last_intent(store: Store) -> int:
    return int(store.row("SELECT COALESCE(MAX(intent), -1) AS last FROM events")["last"])


def _view(store: Store, name: str, query: str) -> None:
    store.db.execute(f"CREATE OR REPLACE VIEW {name} AS {query}")


def run_laws(store: Store, headers: Sequence[LawHeader], *, whole: bool = True) -> list[Judged]:
    """Run laws one by one, and bring the ledgers' rows to what they found: one look at the events for all of them."""
    judged = [run_law(store, header, whole=whole) for header in headers]
    trails = Trails(store, [finding for one in judged for finding in one.findings])
    for one in judged:
        one.findings = [trails.told(finding) for finding in one.findings]
    return judged


def run_law(
    store: Store, header: LawHeader, *, whole: bool = True, folder: Path = FOLDER
) -> Judged:
    """Run one law over the facts; its findings are the law's own words, without the ledgers' rows.

    `whole` says that no journal misses anything; without it, a law whose breach a lost row could explain away takes
    its broken cases for unknown.
    """
    try:
        query = (folder / f"{header.name}.sql").read_text("utf-8")
        judged = _judge_cases(store, header, query, proven=whole or header.proof == "seen")
    except (duckdb.Error, LawError, OSError, UnicodeDecodeError) as error:
        text = " ".join(str(error).split())
        reason = Reason(f"The law crashed: {text}", f"规则执行出错：{text}")
        return Judged(header=header, verdict=Verdict.INCONCLUSIVE, reason=reason)
    judged.verdict, judged.reason = _conclude(judged)
    return judged


def _judge_cases(store: Store, header: LawHeader, query: str, *, proven: bool) -> Judged:
    """Count the cases first, for which no sentence need be built, then ask for the words of those that broke."""
    law = f"(SELECT intent, held, says, says_zh, evidence FROM ({query}\n))"
    try:
        counted = store.row(
            f"SELECT COUNT(CASE WHEN held THEN 1 END) AS held, COUNT(CASE WHEN NOT held THEN 1 END) AS broken,"
            f" COUNT(*) - COUNT(held) AS unknown FROM {law}"
        )
    except duckdb.Error:
        _refuse_missing_columns(store, query)
        raise
    judged = Judged(header=header, verdict=Verdict.INCONCLUSIVE, **counted)
    if judged.unknown:
        judged.undecided = store.row(
            f"SELECT says, says_zh FROM {law} WHERE held IS NULL ORDER BY intent NULLS FIRST, evidence LIMIT 1"
        )
    if not proven:
        judged.unknown, judged.broken = judged.unknown + judged.broken, 0
    elif judged.broken:
        judged.findings = store.rows(
            f"SELECT intent, says, says_zh, evidence FROM {law} WHERE NOT held"
            f" ORDER BY intent NULLS FIRST, evidence LIMIT {FINDINGS_KEPT}"
        )
    return judged


def _refuse_missing_columns(store: Store, query: str) -> None:
    columns = {row["column_name"] for row in store.rows(f"DESCRIBE {query}")}
    if missing := sorted(LAW_COLUMNS - columns):
        raise LawError(f"it returns no column {', '.join(missing)}")


def _conclude(judged: Judged) -> tuple[Verdict, Reason | None]:
    if judged.broken:
        return Verdict.FAIL, None
    if not judged.cases:
        return Verdict.INCONCLUSIVE, Reason("No order exercised it.", "没有订单触及这条规则。")
    if judged.unknown:
        return Verdict.INCONCLUSIVE, _undecided(judged)
    return Verdict.PASS, None


def _undecided(judged: Judged) -> Reason:
    """Say how many cases are undecided, and what is known of the first of them."""
    n, first = judged.unknown, judged.undecided
    if not first or first["says"] is None:
        return Reason(f"{n} cases are undecided.", f"{n} 个案例尚无定论。")
    return Reason(
        f"{n} cases are undecided; of the first: {first['says']}.",
        f"{n} 个案例尚无定论；首例：{first['says_zh']}。",
    )
