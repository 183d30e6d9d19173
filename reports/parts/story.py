"""One order across the four ledgers: customer, platform's answers, gateway, operator.

Story
  rows    every event of the order, in the order in which they happened, times relative to the intended start
  folded  the same for the eye: equal status reads in a row become one, what both sides recorded is told once
"""

import json
from collections.abc import Sequence
from typing import Any

import duckdb
import msgspec

from reports.parts.causes import Cause
from reports.parts.causes import of_run as grouped
from reports.parts.finished import Finding, Finished, Law

MOST_ROWS = 200
MOST_FOLDED = 48
MOST_STORIES = 40
"""Orders that are told; a page with more is slow to open and read by nobody."""
EXCHANGES = {
    "gateway": {"create", "query", "close", "refund", "pay"},
    "operator": {"submit", "query", "balance"},
    "message": {"send", "query"},
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One event of an order. `at_ms` is upstream time since the order was due, `took_ms` real time."""

    vantage: str
    kind: str
    at_ms: float
    order_no: str = ""
    ref: str = ""
    channel: str = ""
    account: str = ""
    sku: str = ""
    amount_fen: int | None = None
    outcome: str = ""
    state: str = ""
    attempt: int = 0
    http_status: int = 0
    took_ms: float = 0.0
    strikes: tuple[str, ...] = ()
    forged: bool = False
    astray: bool = False
    """Goods that went to an account other than the one ordered for."""
    reason: str = ""
    times: int = 1
    """How many equal events in a row this one stands for, when folded."""


class Mark(msgspec.Struct, frozen=True):
    """A phase of the run that began during the story, on the story's clock."""

    phase: str
    at_ms: float


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """An order's history: the `laws` it broke, the `causes` it stands for, and how many events were `cut`."""

    intent: int | None
    order_no: str
    laws: list[Law]
    causes: list[Cause] = []
    rows: list[Row]
    folded: list[Row]
    marks: list[Mark]
    cut: int
    undrawn: int = 0
    """Folded rows that only the table tells."""
    strikes: list[str]

    @property
    def anchor(self) -> str:
        """Return the name by which the page links to it."""
        return f"story-i{self.intent}" if self.intent is not None else "story-orphan"


_COLUMNS = (
    "vantage, kind, time_ns, order_no, ref, channel, account, sku, amount_fen, outcome, state, "
    "attempt, http_status, took_us, strikes, detail"
)
# An order's own rows, and goods that were handed out under its number to anybody else.
_BY_INTENT = f"""
SELECT {_COLUMNS} FROM events
WHERE intent = $key
   OR (kind = 'delivered' AND order_no <> ''
       AND order_no IN (SELECT order_no FROM events WHERE intent = $key AND kind = 'place'))
ORDER BY time_ns, recorder, seq
"""  # noqa: S608
_BY_NUMBER = f"""
SELECT {_COLUMNS} FROM events WHERE order_no = $key ORDER BY time_ns, recorder, seq
"""  # noqa: S608
_STRUCK = """
SELECT intent FROM events
WHERE intent IS NOT NULL AND len(strikes) > 0
GROUP BY intent
ORDER BY max(CASE WHEN kind = 'delivered' THEN 0 ELSE 1 END), intent LIMIT 1
"""
_ANY = "SELECT min(intent) FROM events WHERE intent IS NOT NULL"

Key = tuple[int | None, str]
"""An intent, or an order number where no intent is known."""


def of_run(
    run: Finished, events: duckdb.DuckDBPyConnection, causes: Sequence[Cause] | None = None
) -> list[Story]:
    """Tell one guilty order per cause, orders that serve several told once; else a struck order, else any."""
    keys = _guilty(grouped(run, {}) if causes is None else causes)
    if not keys:
        found = events.execute(_STRUCK).fetchone() or events.execute(_ANY).fetchone()
        if not found or found[0] is None:
            return []
        keys = {(int(found[0]), ""): []}
    stories = [_story(run, events, key, causes) for key, causes in keys.items()]
    return [story for story in stories if story.rows]


def of_intent(run: Finished, events: duckdb.DuckDBPyConnection, intent: int) -> Story:
    """Tell one order, whatever became of it."""
    return _story(run, events, (intent, ""), [])


def _guilty(causes: Sequence[Cause]) -> dict[Key, list[Cause]]:
    """Choose few orders that between them stand for every cause, at most `MOST_STORIES`; the first causes first."""
    chosen: dict[Key, list[Cause]] = {}
    for cause in _laws_in_turn(causes):
        if not cause.law.broken:
            continue
        keys = [key for key in map(key_of, cause.findings) if key != (None, "")]
        told = next((key for key in keys if key in chosen), None)
        if told is None and (not keys or len(chosen) >= MOST_STORIES):
            continue
        chosen.setdefault(told or keys[0], []).append(cause)
    return chosen


def _laws_in_turn(causes: Sequence[Cause]) -> list[Cause]:
    """Return each law's first cause before any law's second, so that no law goes without a picture."""
    seen: dict[str, int] = {}
    turns = []
    for cause in causes:
        turns.append((seen.get(cause.law.law, 0), cause.number, cause))
        seen[cause.law.law] = turns[-1][0] + 1
    return [cause for _, _, cause in sorted(turns, key=lambda turn: turn[:2])]


def key_of(finding: Finding) -> Key:
    """Return by what a finding's order is found in the ledger."""
    return finding.intent, "" if finding.intent is not None else finding.order_no or ""


def _story(
    run: Finished, events: duckdb.DuckDBPyConnection, key: Key, causes: list[Cause]
) -> Story:
    intent, order_no = key
    if intent is not None:
        raw = events.execute(_BY_INTENT, {"key": intent}).fetchall()
    else:
        raw = events.execute(_BY_NUMBER, {"key": order_no}).fetchall()
    wish = next((r for r in raw if r[0] == "customer" and r[1] == "intent"), None)
    zero_ns = wish[2] if wish else (raw[0][2] if raw else 0)
    account = (wish[6] or "") if wish else ""
    rows = [_row(r, zero_ns, run.time_scale, account) for r in raw[:MOST_ROWS]]
    folded = fold(rows)
    return Story(
        intent=intent,
        order_no=order_no or next((r.order_no for r in rows if r.order_no), ""),
        laws=list({cause.law.law: cause.law for cause in causes}.values()),
        causes=causes,
        rows=rows,
        folded=folded[:MOST_FOLDED],
        marks=_marks(run, zero_ns, rows),
        cut=len(raw) - len(rows),
        undrawn=max(len(folded) - MOST_FOLDED, 0),
        strikes=sorted({s for r in rows for s in r.strikes}),
    )


def _row(raw: tuple[Any, ...], zero_ns: int, scale: float, account: str) -> Row:
    detail = _detail(raw[15])
    return Row(
        vantage=raw[0] or "",
        kind=raw[1] or "",
        at_ms=(raw[2] - zero_ns) / 1e6 * scale,
        order_no=raw[3] or "",
        ref=raw[4] or "",
        channel=raw[5] or "",
        account=raw[6] or "",
        sku=_several(raw[7] or "", detail) if raw[1] == "intent" else raw[7] or "",
        amount_fen=raw[8],
        outcome=raw[9] or "",
        state=raw[10] or "",
        attempt=raw[11] or 0,
        http_status=raw[12] or 0,
        took_ms=(raw[13] or 0) / 1e3,
        strikes=tuple(raw[14] or ()),
        forged=str(detail.get("forged", "")).lower() not in {"", "0", "false"},
        astray=raw[1] == "delivered" and bool(account) and bool(raw[6]) and raw[6] != account,
        reason=str(detail.get("reason", "")),
    )


def _several(sku: str, detail: dict[str, Any]) -> str:
    """Return what is wanted, with how many of it if more than one."""
    units = detail.get("units", 1)
    return f"{sku} × {units}" if isinstance(units, int) and units > 1 else sku


def _detail(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _marks(run: Finished, zero_ns: int, rows: list[Row]) -> list[Mark]:
    if not rows:
        return []
    marks = []
    for phase in ("heal", "settle", "audit"):
        start_ns = run.phase_ns(phase)
        if start_ns is not None:
            at_ms = (start_ns - zero_ns) / 1e6 * run.time_scale
            if rows[0].at_ms < at_ms <= rows[-1].at_ms:
                marks.append(Mark(phase, at_ms))
    return marks


def fold(rows: list[Row]) -> list[Row]:
    """Return the rows that an eye needs.

    Equal reads in a row become one; the gateway's own record of a payment is left out when the customer's tells the
    same and nothing struck it; the wish itself is the origin of the clock, and a silence is no event.
    """
    paid_by_customer = any(r.vantage == "customer" and r.kind == "pay" for r in rows)
    folded: list[Row] = []
    for row in rows:
        if row.kind in {"intent", "unsent"}:
            continue
        if paid_by_customer and (row.vantage, row.kind) == ("gateway", "pay") and not row.strikes:
            continue
        last = folded[-1] if folded else None
        if last is not None and _same_read(last, row):
            folded[-1] = msgspec.structs.replace(last, times=last.times + 1)
        else:
            folded.append(row)
    return folded


def _same_read(last: Row, row: Row) -> bool:
    return (
        row.kind in {"status", "query"}
        and not row.strikes
        and not last.strikes
        and (last.vantage, last.kind, last.state, last.outcome)
        == (row.vantage, row.kind, row.state, row.outcome)
    )
