"""The platform's bill: its lines in JSON, a table or CSV, who is asked for it, and which days nobody can tell apart."""

import asyncio
import json
import threading
import time

import msgspec
import pytest
from test_adapter import BASE, adapter
from test_audit import Platform
from test_checking import OURS, _load

from harness.core.errors import UsageError
from harness.core.event import Event
from harness.core.journal import Journal
from harness.targets import audit
from harness.targets._answer import Answer
from harness.targets._bill import BillLines, Line
from harness.targets.adapter import Adapter
from harness.targets.audit import Auditor, Known
from harness.targets.billing import Reading, moved, trespasses
from harness.targets.connecting import Reply
from harness.targets.target import Target

NAMED = {
    "order_no": "no",
    "amount": "fen",
    "kind": "kind",
    "ref": "ref",
    "kinds": {"pay": "paid", "back": "refunded"},
}
PLACED = {**NAMED, "order_no": "1", "kind": "2", "amount": "3", "ref": ""}
EXPECTED = [Line("N1", "paid", 990), Line("N1", "refunded", 990)]
NOON_NS = 1_795_435_200 * 10**9
"""12:00 of UTC on 2026-11-23."""


def bill_of(body, lines, take, **changed):
    step = {"get": "/bill?day={{day}}", "take": {"lines": take}}
    return adapter(bill=step, bill_lines=lines, **changed).read("bill", 200, {}, body.encode())


def test_objects_of_json_and_a_kind_that_is_not_ours():
    rows = [
        {"no": "N1", "fen": 990, "kind": "pay", "ref": "T1"},
        {"no": "N1", "fen": -990, "kind": "back", "ref": "R1"},
        {"no": "N1", "fen": 5, "kind": "fee", "ref": ""},
    ]
    answer = bill_of(json.dumps({"rows": rows}), NAMED, "rows")
    assert answer.values["lines"] == [
        Line("N1", "paid", 990, "T1"),
        Line("N1", "refunded", 990, "R1"),
    ]


def test_rows_of_a_table_in_yuan():
    page = (
        "<table><tr><th>No<th>Kind<th>Money</tr>"
        "<tr class=l><td>N1</td><td> pay </td><td>￥9.90</td></tr>"
        "<tr class=l><td>N1</td><td>back</td><td>-9.90</td></tr></table>"
    )
    take = {"css": "tr.l", "cells": "td", "all": True}
    assert bill_of(page, PLACED, take, money="yuan").values["lines"] == EXPECTED


def test_a_bill_in_another_unit_than_other_answers():
    rows = json.dumps([["N1", "pay", "9.90"], ["N1", "back", 9.9]])
    assert bill_of(rows, {**PLACED, "money": "yuan"}, "@").values["lines"] == EXPECTED


def test_kinds_that_are_passed_over_are_known_by_their_order():
    rows = [{"no": "N1", "fen": 9, "kind": "fee"}, {"kind": "sum"}, {"no": "N1", "kind": "tax"}]
    answer = bill_of(json.dumps(rows), NAMED, "@")
    assert (answer.values["lines"], answer.values["passed_over"]) == ([], {"N1": ["fee", "tax"]})


def test_a_bill_in_pages_is_read_to_its_end_also_past_a_page_of_other_kinds():
    def page(*kinds):
        rows = [{"no": f"N{kind}", "fen": 9, "kind": kind, "ref": ""} for kind in kinds]
        return Reply(200, {}, json.dumps({"rows": rows}).encode())

    step = {"get": "/bill?day={{day}}&p={{page}}", "take": {"lines": "rows"}}
    flow = adapter(bill=step, bill_lines=NAMED).flow(
        "bill", {"customer": {}, "token": "", "day": "d"}
    )
    first, others = page("pay", "fee"), page("fee", "tax")
    asked, call = [], next(flow)
    try:
        for one in (first, others, page("back"), page(), first):
            asked.append(call.path)
            call = flow.send(one)
    except StopIteration as end:
        values = end.value.values
    assert asked == [f"/bill?day=d&p={number}" for number in (1, 2, 3, 4, 1)]
    assert values["lines"] == [Line("Npay", "paid", 9), Line("Nback", "refunded", 9)]
    assert values["passed_over"] == {"Nfee": ["fee", "fee"], "Ntax": ["tax"]}


@pytest.mark.parametrize("mark", [",", "\t"])
def test_csv_with_remarks_and_guarded_numbers(mark):
    rows = [
        ["no", "kind", "fen"],
        ["`N1", "pay", "990"],
        ["`N1\t" if mark == "," else "`N1", "back", "990"],
    ]
    text = "\ufeff#bill of the day\n" + "\r\n".join(mark.join(row) for row in rows) + "\r\n#end\r\n"
    lines = {**NAMED, "ref": ""}
    assert bill_of(text, lines, {"regex": "(?s).*"}).values["lines"] == EXPECTED


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"no": "N1", "kind": "pay", "ref": ""}], "'fen'"),
        ([{"no": "N1", "kind": "pay", "fen": "much", "ref": ""}], "whole fen"),
        ({"no": "N1"}, "lines of a bill"),
    ],
)
def test_what_cannot_be_read_is_unknown(rows, told):
    answer = bill_of(json.dumps({"rows": rows}), NAMED, "rows")
    assert answer.outcome == "unknown"
    assert told in answer.reason


def test_the_day_is_the_platforms():
    lines = msgspec.convert(NAMED, BillLines)
    assert lines.day(NOON_NS) == "2026-11-23"
    assert lines.day(NOON_NS + 5 * 3600 * 10**9) == "2026-11-24"
    assert msgspec.structs.replace(lines, offset="-13:00").day(NOON_NS) == "2026-11-22"


@pytest.fixture
def platform(monkeypatch):
    monkeypatch.setattr(audit, "PAUSE_S", 0.0)
    monkeypatch.setattr(audit, "SOON_S", (0.2, 0.2))
    begun_ns = time.monotonic_ns()
    monkeypatch.setattr(audit, "now_ns", lambda: NOON_NS + time.monotonic_ns() - begun_ns)
    with Platform() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        body = {
            "s": "DONE",
            "rows": [{"no": n, "fen": 990, "kind": "pay"} for n in ("N0", "N1", "X")],
        }
        server.answers = [(200, json.dumps(body).encode())]
        yield server
        server.shutdown()
        thread.join()


def billed(platform, *, began_ns=NOON_NS, moves=(), within_s=0.0, **said):
    step = {"get": "/bill?day={{day}}", "take": {"lines": "rows"}}
    lines = {**NAMED, "ref": "", **said}
    target = msgspec.convert({**BASE, "bill": step, "bill_lines": lines}, Target)
    rows = []
    auditor = Auditor(
        Adapter(target),
        platform.url,
        lambda n: {"phone": f"p{n}"},
        rows.append,
        began_ns=began_ns,
        moves=dict(moves),
        books_within_ns=int(within_s * 1e9),
    )
    asyncio.run(auditor.read_all([Known(0, 0, "N0"), Known(1, 1, "N1")]))
    asked = [path for path, _ in platform.asked if path.startswith("/bill")]
    reads = {(row.order_no, row.state, row.outcome) for row in rows if row.kind == "bill"}
    return asked, reads, [(r.intent, r.order_no, r.state) for r in rows if r.kind == "bill_line"]


def each(outcome):
    return {(no, kind, outcome) for no in ("N0", "N1") for kind in ("paid", "refunded")}


def test_each_customer_asks_for_their_own(platform):
    asked, reads, lines = billed(platform)
    assert asked == ["/bill?day=2026-11-23"] * 2
    assert reads == each("ok")
    assert sorted(lines) == [(0, "N0", "paid"), (1, "N1", "paid")]


def reading(customer, owned, *told, outcome="ok"):
    lines = [Line(order_no, "paid", 990) for order_no in told]
    return Reading(customer, owned, NOON_NS, Answer(outcome, {"lines": lines}, 200))


@pytest.mark.parametrize(
    ("readings", "shown"),
    [
        ([reading(0, {"N0": 0}, "N0"), reading(1, {"N1": 1}, "N1")], []),
        ([reading(0, {"N0": 0}, "N0", "N1", "N1"), reading(1, {"N1": 1}, "N1")], [(1, "N1")]),
        ([reading(0, {"N0": 0}, "N0", "X"), reading(1, {"N1": 1}, "N1")], []),
        ([reading(0, {"N0": 0}, "N1", outcome="unknown"), reading(1, {"N1": 1})], []),
        ([reading(0, {"N0": 0, "N1": 1}, "N0", "N1")], []),
    ],
    ids=["their own", "another's, in two lines", "nobody's", "unread", "told everybody's"],
)
def test_an_order_in_another_customers_bill_is_shown_to_a_stranger(readings, shown):
    rows = list(trespasses(readings))
    assert [(row.intent, row.order_no) for row in rows] == shown
    assert all((row.kind, row.outcome) == ("trespass", "ok") for row in rows)


def test_everybodys_bill_is_asked_for_once(platform):
    asked, reads, lines = billed(platform, whose="all")
    assert len(asked) == 1
    assert reads == each("ok")
    assert sorted(lines) == [(0, "N0", "paid"), (1, "N1", "paid")]


def test_a_run_past_the_platforms_midnight_asks_for_none(platform):
    assert billed(platform, began_ns=NOON_NS - 21 * 3600 * 10**9) == ([], each("unknown"), [])


def test_a_bill_that_is_not_there_yet_is_unread(platform):
    platform.answers = [(404, b"")]
    _, reads, lines = billed(platform)
    assert (reads, lines) == (each("unknown"), [])


BILL = """\
bill: {get: "/bill?day={{day}}", take: {lines: rows}}
bill_lines: {order_no: no, amount: fen, kind: kind, kinds: {pay: paid}}
"""


def test_a_whole_bill_is_loaded(tmp_path):
    assert _load(tmp_path, OURS + BILL).bill_lines.kinds == {"pay": "paid"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{{day}}", "{{dya}}", "'day'"),
        ("lines: rows", "rows: rows", "takes `lines`"),
        ("pay: paid", "pay: payed", "'paid'"),
        ("lines: rows", "lines: {json: rows, cells: td}", "cells needs css"),
        ("kinds: {pay: paid}", 'kinds: {pay: paid}, offset: "8"', "an offset such as"),
        ("bill_lines:", "bill_lined:", "bill_lines"),
        (BILL.splitlines()[0], "", "no `bill`"),
        (BILL.splitlines()[1], "", "no `bill_lines`"),
    ],
)
def test_a_mistake_in_it_is_named_with_its_place(tmp_path, old, new, said):
    assert old in BILL
    with pytest.raises(UsageError, match=r"ours\.yaml:\d+:\d+") as refused:
        _load(tmp_path, OURS + BILL.replace(old, new))
    assert said in str(refused.value)


def test_the_day_is_known_to_bills_alone(tmp_path):
    with pytest.raises(UsageError, match="nothing is called"):
        _load(tmp_path, OURS.replace("/order/{{order_no}}", "/order/{{day}}"))


PAID_ONCE, BACK_ONCE = (0, "paid"), (0, "refunded")


@pytest.mark.parametrize(
    ("moves", "within_s", "reads"),
    [
        ({PAID_ONCE: 1}, 30, 1),
        ({PAID_ONCE: 1, BACK_ONCE: 1}, 0, 1),
        ({PAID_ONCE: 1, BACK_ONCE: 1}, 1.5, 4),
        ({PAID_ONCE: 2}, 1.5, 4),
        ({(7, "refunded"): 1}, 30, 1),
    ],
    ids=[
        "all there",
        "time is up",
        "a refund is missing",
        "a payment is missing",
        "of nobody's order",
    ],
)
def test_what_a_bill_lacks_is_looked_for_until_its_time_is_up(platform, moves, within_s, reads):
    moves = {key: (times, NOON_NS) for key, times in moves.items()}
    asked, _, lines = billed(platform, moves=moves, within_s=within_s)
    assert len(asked) == 2 * reads
    assert sorted(lines) == [(0, "N0", "paid"), (1, "N1", "paid")]


MOVES = [
    (0, "captured", 5),
    (0, "captured", 9),
    (0, "refunded", 20),
    (None, "captured", 3),
    (0, "create", 1),
]


def test_moves_are_those_of_known_orders_and_count_from_heal_at_the_earliest(tmp_path):
    path = tmp_path / "gateways.ndjson"
    with Journal(path, run="r", recorder="gateways", vantage="gateway") as journal:
        for intent, kind, time_ns in MOVES:
            journal.write(Event(vantage="gateway", kind=kind, intent=intent, time_ns=time_ns))
    assert moved([path, tmp_path / "none"], since_ns=8) == {
        (0, "paid"): (2, 9),
        (0, "refunded"): (1, 20),
    }
