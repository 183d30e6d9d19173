"""The final read of a batch: what the platform counts once every line of it has been read."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from harness.core.batch import account
from harness.core.event import Event
from harness.core.journal import read
from harness.targets._answer import Answer

FINAL = frozenset({"delivered", "refunded", "closed"})


class KnownBatch(msgspec.Struct):
    """One batch that a merchant was given a number for."""

    intent: int
    """Of its first line."""
    customer: int
    batch_no: str
    lines: dict[int, tuple[str, str]] = {}
    """By intent: the account, and the number of the order that was taken, empty if none was."""
    accounted: bool = False
    """The merchant saw it done."""


def known_batches(journals: Iterable[Path]) -> list[KnownBatch]:
    """Return every batch that a merchant was given a number for, read from the traffic's journals."""
    return [batch for path in journals for batch in _of_one(path)]


def _of_one(path: Path) -> Iterator[KnownBatch]:
    wanted: dict[int, tuple[str, int]] = {}
    found: dict[str, KnownBatch] = {}
    for row in read(path):
        if row.intent is None:
            continue
        if row.kind == "intent":
            wanted[row.intent] = row.account, int(str(row.detail["customer"]))
        elif row.kind == "batch" and row.outcome == "ok":
            first = KnownBatch(row.intent, wanted[row.intent][1], row.ref)
            found.setdefault(row.ref, first)
        elif row.kind == "place" and (number := str(row.detail.get("batch", ""))) in found:
            found[number].lines[row.intent] = wanted[row.intent][0], row.order_no
        elif row.kind == "batch_status" and row.state == "done" and row.ref in found:
            found[row.ref].accounted = True
    yield from found.values()


def is_over(batch: KnownBatch, states: dict[str, str]) -> bool:
    """Say whether the platform itself shows an end of every line that it took."""
    return all(states.get(no) in FINAL for _, no in batch.lines.values() if no)


def is_done(batch: KnownBatch, answer: Answer) -> bool:
    """Say whether it accounts for each line, no more and no less."""
    came = account(list(batch.lines.values()), answer.values).said
    return answer.outcome == "ok" and came["delivered"] + came["failed"] == came["lines"]


def trespass(batch: KnownBatch, answer: Answer) -> Event:
    """Say whether somebody else was shown a batch: a yes that counts and lists nothing shows none."""
    came = account(list(batch.lines.values()), answer.values).said
    shows = came["delivered"] + came["failed"] + came["listed"] > 0
    outcome = "fail" if answer.outcome == "ok" and not shows else answer.outcome
    return Event(
        vantage="platform",
        kind="trespass",
        intent=batch.intent,
        order_no=next((order_no for _, order_no in batch.lines.values() if order_no), ""),
        outcome=outcome,
        http_status=answer.http_status,
        ref=batch.batch_no,
        detail={"reason": f"asked for batch {batch.batch_no}"},
    )


def rows(batch: KnownBatch, answer: Answer, *, over: bool) -> Iterator[Event]:
    """Yield what was read; a batch that its merchant never saw done is accounted for now, if it can be."""
    came = account(list(batch.lines.values()), answer.values)
    ok = answer.outcome == "ok"
    told: dict[str, Any] = {"ref": batch.batch_no, "order_no": batch.batch_no}
    outcome = "ok" if ok else "unknown"
    detail: dict[str, Any] = {**came.said, "over": int(over)}
    if answer.reason:
        detail["reason"] = answer.reason
    state = came.state if ok else ""
    yield Event(
        vantage="platform",
        kind="batch_audit",
        intent=batch.intent,
        outcome=outcome,
        state=state,
        http_status=answer.http_status,
        detail=detail,
        **told,
    )
    if batch.accounted or state != "done":
        return
    for intent, (_, order_no) in batch.lines.items():
        if order_no:
            yield Event(
                vantage="platform",
                kind="batch_line",
                intent=intent,
                ref=batch.batch_no,
                order_no=order_no,
                outcome="ok",
                state="failed" if order_no in came.failed else "delivered",
            )
