"""Journals to Parquet: one row per event, intents filled in, and all that is wrong with the journals.

    trouble = convert(store, run_dir, plan)      writes parquet/events.parquet

Nothing here raises for a damaged journal: what can be read is kept, what is missing is a reason.
"""

# ruff: noqa: S608 - the queries are our own files and literals; journals reach them as data only

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import msgspec

from harness.core.event import Event
from harness.core.plan import Plan, StrikeNote
from harness.invariants.law import FOLDER
from harness.invariants.reason import Reason
from harness.invariants.store import Store, quoted
from harness.invariants.wallets import add_wallets

TEXTS = ("run", "recorder", "vantage", "kind", "order_no", "ref", "channel", "account", "sku")
COLUMNS = {
    **dict.fromkeys(TEXTS, "VARCHAR"),
    **dict.fromkeys(("outcome", "state"), "VARCHAR"),
    **dict.fromkeys(("seq", "time_ns", "intent", "amount_fen"), "BIGINT"),
    **dict.fromkeys(("attempt", "http_status", "took_us"), "BIGINT"),
    **dict.fromkeys(("strikes", "spared"), "VARCHAR[]"),
    "detail": "JSON",
}
NEEDED = ("seq", "time_ns", "vantage", "kind", "recorder")
EMPTY = {"VARCHAR": "''", "BIGINT": "0", "VARCHAR[]": "[]", "JSON": "'{}'"}
NULLABLE = {*NEEDED, "intent", "amount_fen"}

SHORTEST_PREFIX = 10
"""A platform often appends a try or an operator to its order number; shorter numbers could begin by chance."""


def convert(store: Store, run_dir: Path, plan: Plan) -> list[Reason]:
    """Write parquet/events.parquet from the journals, and return what is wrong with them."""
    paths = sorted((run_dir / "journals").glob("*.ndjson"))
    trouble = [reason for path in paths for reason in _read(store, path)]
    _gather(store)
    trouble += _recorders(store, plan)
    _add_cards(store, plan)
    _learn(store)
    if add_wallets(store, plan):
        _gather(store)
    sql = (FOLDER / "_convert.sql").read_text(encoding="utf-8")
    query = store.db.execute(
        "SELECT CASE WHEN MIN(LENGTH(order_no)) = MAX(LENGTH(order_no)) THEN MIN(LENGTH(order_no)) END"
        " FROM numbers WHERE given IS NOT NULL"
    )
    length = query.fetchall()[0][0] or 0
    params = {"prefix": length if length >= SHORTEST_PREFIX else 0, **lies(plan.strikes)}
    params["numberless"] = list(plan.numberless)
    store.db.execute(f"COPY ({sql}) TO {store.parquet('events')} (FORMAT PARQUET)", params)
    return trouble


def lies(strikes: Sequence[StrikeNote]) -> dict[str, list[str]]:
    """Return which strikes make an upstream lie, and how: the lists that _convert.sql asks for.

    A notification with another amount is no lie that excuses a platform: it must ask the gateway; one that was made to
    say exactly the price of what was paid otherwise is. An operator that
    signs another state, hands out something else, or denies what it has done cannot be seen through. What follows the
    truth and contradicts it can; what goes ahead of it is marked in its row.
    """

    def ids(kind: str, leg: str) -> list[str]:
        return [s.id for s in strikes if s.kind == kind and leg_of(s.at) == leg]

    return {
        "rewritten": ids("rewrite", "notify"),
        "done_otherwise": ids("rewrite", "effect"),
        "not_done": ids("drop", "effect"),
        "denied": ids("status", "reply") + ids("reject_then_succeed", "reply"),
    }


def leg_of(at: str) -> str:
    """Return the leg in `epay.notify` or `operators.reply on [submit, query]`."""
    _, _, rest = at.partition(".")
    return rest.split(maxsplit=1)[0] if rest.strip() else ""


def _read(store: Store, path: Path) -> Iterator[Reason]:
    """Bring one journal into the scratch folder, and say what is wrong with its lines."""
    size = path.stat().st_size
    if not size:
        yield Reason(f"The journal {path.stem} is empty.", f"日志 {path.stem} 是空的。")
        return
    torn = _torn(path, size)
    if torn:
        yield Reason(
            f"The journal {path.stem} ends in a torn line; its recorder was killed.",
            f"日志 {path.stem} 的最后一行不完整，记录进程被强行结束。",
        )
    try:
        bad = _take(store, path, path.stem)
    except duckdb.Error:
        whole = store.scratch / f"{path.stem}.salvaged"
        bad = _salvage(path, whole) + _take(store, whole, path.stem)
    if bad > torn:
        yield Reason(
            f"The journal {path.stem} has {bad - torn} lines that are no events.",
            f"日志 {path.stem} 中有 {bad - torn} 行无法识别。",
        )


def _torn(path: Path, size: int) -> bool:
    with path.open("rb") as file:
        file.seek(size - 1)
        return file.read(1) != b"\n"


def _take(store: Store, path: Path, name: str) -> int:
    """Copy a journal's rows to Parquet; return how many lines were no events."""
    shape = "{" + ", ".join(f"{c}: '{kind}'" for c, kind in COLUMNS.items()) + "}"
    filled = ", ".join(
        c if c in NULLABLE else f"COALESCE({c}, {EMPTY[kind]}) AS {c}"
        for c, kind in COLUMNS.items()
    )
    raw = quoted(store.scratch / f"raw-{name}.parquet")
    store.db.execute(
        f"COPY (SELECT {filled} FROM read_json({quoted(path)}, format = 'newline_delimited',"
        f" columns = {shape}, ignore_errors = true)) TO {raw} (FORMAT PARQUET)"
    )
    missing = " OR ".join(f"{c} IS NULL" for c in NEEDED)
    counted = store.db.execute(f"SELECT COUNT(*) FROM {raw} WHERE {missing}").fetchall()
    return int(counted[0][0])


def _salvage(path: Path, whole: Path) -> int:
    """Copy the lines that are events, one by one, from a journal that DuckDB cannot read; return how many are not."""
    decode = msgspec.json.Decoder(Event).decode
    bad = 0
    with path.open("rb") as source, whole.open("wb") as target:
        for line in source:
            try:
                decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                bad += 1
            else:
                target.write(line.rstrip(b"\n") + b"\n")
    return bad


def _gather(store: Store) -> None:
    """Make the view `raw` over all journals, whole rows only."""
    shape = ", ".join(f"CAST(NULL AS {kind}) AS {c}" for c, kind in COLUMNS.items())
    sources = [f"SELECT * FROM (SELECT {shape}) WHERE FALSE"]
    if any(store.scratch.glob("raw-*.parquet")):
        sources.append(f"SELECT * FROM read_parquet({quoted(store.scratch / 'raw-*.parquet')})")
    whole = " AND ".join(f"{c} IS NOT NULL" for c in NEEDED)
    union = " UNION ALL BY NAME ".join(sources)
    store.db.execute(f"CREATE OR REPLACE VIEW raw AS SELECT * FROM ({union}) WHERE {whole}")


def _add_cards(store: Store, plan: Plan) -> None:
    """Add a row for each card that an order showed, and of the platform's own stock its delivery.

    No ledger of ours knows when a platform gave out a card of its own; the first time that it was shown is the first
    that is known, and too late rather than too early.
    """
    if "cards" not in plan.has:
        return
    sql = (FOLDER / "_shown_cards.sql").read_text(encoding="utf-8")
    path = quoted(store.scratch / "raw-derived.parquet")
    beside = plan.stock_listed and plan.stock_beside
    params = {"own": list(plan.own_stock), "listed": plan.stock_listed, "beside": beside}
    store.db.execute(f"COPY ({sql}) TO {path} (FORMAT PARQUET)", params)
    _gather(store)


def _recorders(store: Store, plan: Plan) -> Iterator[Reason]:
    """Say which recorders are missing, never opened or closed, or have gaps."""
    found = {row["recorder"]: row for row in store.rows(_RECORDERS)}
    for name in sorted({*plan.recorders, *found}):
        row = found.get(name)
        if row is None:
            yield Reason(f"The journal {name} is missing.", f"缺少日志 {name}。")
            continue
        if not row["opened"]:
            yield Reason(f"The journal {name} has no open row.", f"日志 {name} 没有开始行。")
        if not row["closed"]:
            yield Reason(
                f"The journal {name} was never closed; its recorder was killed.",
                f"日志 {name} 没有结束行，记录进程被强行结束。",
            )
        if missing := row["last"] + 1 - row["numbers"]:
            yield Reason(
                f"The journal {name} has a gap of {missing} rows.", f"日志 {name} 缺 {missing} 行。"
            )
        if doubled := row["n"] - row["numbers"]:
            yield Reason(
                f"The journal {name} numbers {doubled} rows twice.",
                f"日志 {name} 有 {doubled} 行编号重复。",
            )


_RECORDERS = """
SELECT recorder, COUNT(*) AS n, COUNT(DISTINCT seq) AS numbers, MAX(seq) AS last,
       COUNT(*) FILTER (WHERE kind = 'open') AS opened,
       -- A merchant's call to close a trade is named alike, and has a channel.
       COUNT(*) FILTER (WHERE kind = 'close' AND COALESCE(channel, '') = '') AS closed
FROM   raw
GROUP BY recorder
"""


def _learn(store: Store) -> None:
    """Learn which account and which order number stands for which intent; what is ambiguous teaches nothing."""
    for table, query in _LEARNT.items():
        store.db.execute(f"CREATE OR REPLACE TABLE {table} AS {query}")


_LEARNT = {
    "intents": """
        SELECT intent, MIN(amount_fen) AS listed_fen FROM raw WHERE kind = 'intent' AND intent IS NOT NULL
        GROUP BY intent""",
    "accounts": """
        SELECT account, MIN(intent) AS intent FROM raw WHERE kind = 'intent' AND account <> ''
        GROUP BY account HAVING MIN(intent) = MAX(intent)""",
    # A customer's word counts before the gateway's, and the gateway's before the operator's.
    "numbers": """
        SELECT order_no, CASE WHEN c1 = c2 THEN c1 WHEN g1 = g2 THEN g1 WHEN o1 = o2 THEN o1 END AS intent,
               CASE WHEN c1 = c2 THEN c1 END AS given
        FROM (SELECT order_no,
                     MIN(CASE WHEN vantage = 'customer' AND kind = 'place' THEN intent END) AS c1,
                     MAX(CASE WHEN vantage = 'customer' AND kind = 'place' THEN intent END) AS c2,
                     MIN(CASE WHEN vantage = 'gateway' OR kind = 'pay' THEN intent END)     AS g1,
                     MAX(CASE WHEN vantage = 'gateway' OR kind = 'pay' THEN intent END)     AS g2,
                     MIN(CASE WHEN vantage = 'operator' THEN intent END)                    AS o1,
                     MAX(CASE WHEN vantage = 'operator' THEN intent END)                    AS o2
              FROM raw SEMI JOIN intents ON raw.intent = intents.intent
              WHERE order_no <> '' GROUP BY order_no)""",
    "prefixes": "SELECT order_no, given FROM numbers WHERE given IS NOT NULL",
}
