"""The run so far, beside what the judge makes of the same journals once they are whole."""

import pytest

from harness.core.tail import Tail
from harness.invariants import judge
from harness.live.quantiles import Quantiles
from harness.live.tally import Tally, as_json
from tests.invariants.histories import LOST, RECORDERS, TWICE, a_run, at, make_plan, note

REFUNDED = {
    "without": ("submit", "delivered", "status"),
    "more": [at(5, "gateway", "refunded", order_no="", amount_fen=4990)],
}


@pytest.fixture
def told(tmp_path):
    struck = {"strikes": ["three"]}
    plan = make_plan(strikes=(note("three"),))
    a_run({}, struck, struck, LOST, TWICE, REFUNDED, plan=plan).write(tmp_path)
    tally = Tally(tmp_path / "journals")
    tally.update()
    return as_json(tally), judge(tmp_path)


def test_a_part_of_a_unit_is_no_delivery_yet(tmp_path):
    part = {"change": {"delivered": {"detail": {"units": "0.6"}}}, "without": ("done",)}
    rest = at(3, "operator", "delivered", channel="kasushou", ref="rest", detail={"units": "0.4"})
    a_run(part, part | {"more": [rest]}, plan=make_plan()).write(tmp_path)
    tally = Tally(tmp_path / "journals")
    tally.update()
    assert [order.has_goods for _, order in sorted(tally.orders.items())] == [False, True]


def test_orders_and_strikes_are_counted_as_the_judge_counts_them(told):
    live, judged = told
    for name in ("placed", "paid", "delivered", "refunded"):
        assert live["orders"][name] == judged["counts"][name], name
    assert live["orders"] | {"begun": 6, "open": 1} == live["orders"]
    assert live["strikes"] == {"three": judged["strikes"][0]["struck"]} == {"three": 2}
    assert list(live["phases"]) == ["prepare", "load", "heal", "settle", "audit", "check"]
    assert live["phase"] == "check"


def test_latencies_are_those_of_the_judge_within_half_a_percent(told):
    live, judged = told
    for timed, scale in (("place", 1), ("status", 1), ("delivered", 60)):
        for name, ms in judged["latency"][timed].items():
            assert ms / scale * 0.995 <= live["latency_ms"][f"{timed}_{name}"] <= ms / scale
    assert live["latency_ms"]["pay_p50"] is None


def test_reading_in_pieces_is_reading_at_once(tmp_path, told):
    live, _ = told
    pieces = tmp_path / "pieces"
    pieces.mkdir()
    tally = Tally(pieces)
    whole = {name: (tmp_path / "journals" / f"{name}.ndjson").read_bytes() for name in RECORDERS}
    for cut in range(0, max(map(len, whole.values())) + 700, 700):
        for name, text in whole.items():
            (pieces / f"{name}.ndjson").write_bytes(text[:cut])
        tally.update()
    assert as_json(tally) == live


def test_a_line_that_is_no_row_is_counted_and_passed_over(tmp_path):
    rows = b'{"vantage":"customer","kind":"intent","intent":1,"detail":{"late_us":"soon"}}\n'
    (tmp_path / "traffic-0.ndjson").write_bytes(
        b"\xff\xfe\n{}\n" + rows + b'{"vantage":"operator"\n'
    )
    tally = Tally(tmp_path)
    tally.update()
    assert tally.unreadable == 4
    assert as_json(tally)["orders"]["placed"] == 0


def test_a_tail_waits_for_what_is_half_written_or_not_there(tmp_path):
    path = tmp_path / "a"
    tail = Tail(lambda: [path])
    assert list(tail.lines()) == []
    path.write_bytes(b"one\ntw")
    assert list(tail.lines()) == [b"one"]
    with path.open("ab") as file:
        file.write(b"o\n")
    assert list(tail.lines()) == [b"two"]
    assert list(tail.lines()) == []


@pytest.mark.parametrize("spans", [[0], [1], [1000] * 7, range(1, 5000), [5, 10**9]])
def test_quantiles_are_never_too_large_and_hardly_too_small(spans):
    found = Quantiles()
    for us in spans:
        found.add(us)
    ranked = sorted(spans)
    for share in (0.5, 0.95, 0.99, 1.0):
        exact = ranked[max(0, -(-int(share * 100) * len(ranked) // 100) - 1)]
        assert exact * 0.99 - 1 <= found.at(share) <= max(exact, 1) * 1.000001


def test_without_spans_there_is_no_quantile():
    assert Quantiles().at(0.5) is None
