"""Reconciliation is total and names what is wrong; bounds are those of Clopper and Pearson; cells of faults are met."""

import math
import random

import msgspec
import pytest
from histories import PRICE, Run, at, make_plan

from harness.core.plan import StrikeNote
from harness.invariants import coverage, judge
from harness.invariants.confidence import at_most, is_shared, lower_bound, upper_bound
from harness.invariants.reconcile import FLAGS, MEANINGS, Class, classify, loss, standings

MONEY = {"channel": "epay", "amount_fen": PRICE}
GOODS = {
    "channel": "dayuanren",
    "amount_fen": 4960,
    "account": "13800000000",
    "detail": {"units": 1},
}
AUDIT = {"state": "refunded"}


def test_every_standing_has_a_class_and_every_class_a_standing():
    everything = standings()
    assert len(set(everything)) == 5**4
    flags = [dict.fromkeys(FLAGS, False), *({name: True} for name in FLAGS)]
    found = {classify(*standing, **told) for standing in everything for told in flags}
    assert found == set(Class) - {Class.STRAY}
    assert set(MEANINGS) == set(Class)


@pytest.mark.parametrize("standing", standings(), ids="-".join)
def test_no_standing_that_loses_money_or_goods_is_called_normal(standing):
    _, gateway, operator, platform = standing
    name = classify(*standing)
    kept, out = gateway in {"ok", "twice"}, operator in {"ok", "twice"}
    if kept and operator in {"none", "refunded"}:
        assert name is Class.LOST
    if gateway in {"none", "refunded"} and out:
        assert name is Class.GIVEN_AWAY
    if name is Class.NORMAL:
        assert (gateway, operator, platform) == ("ok", "ok", "ok")
    if name is Class.REFUNDED:
        assert (gateway, platform) == ("refunded", "refunded")
        assert not out
    if "unknown" in {gateway, operator}:
        assert name in {Class.UNDECIDED, Class.DUPLICATE, Class.GIVEN_AWAY, Class.DOUBLE_CHARGE}
    assert MEANINGS[name].title["zh"] != MEANINGS[name].title["en"]


def test_a_state_that_is_none_is_refused():
    with pytest.raises(ValueError, match="perhaps"):
        classify("ok", "perhaps", "ok", "ok")


def judged(tmp_path, plan=None, **order):
    run = Run(plan or make_plan())
    run.order(0).order(1, **order)
    run.write(tmp_path)
    return judge(tmp_path)


def classes(found):
    return {row["class"]: (row["orders"], row["amount_fen"]) for row in found["reconciliation"]}


REFUND = at(5, "gateway", "refunded", **MONEY)
CARD = {"outcome": "ok", "state": "delivered", "took_us": 1000, "detail": {"cards": ["A-1"]}}
CASES = {
    "lost_delivery": ({"without": ("delivered", "status", "done")}, PRICE),
    "duplicate_delivery": ({"more": [at(4, "operator", "delivered", ref="S2", **GOODS)]}, 4960),
    "given_away": ({"more": [REFUND]}, 4960),
    "double_charge": ({"more": [at(5, "gateway", "captured", ref="42-2", **MONEY)]}, PRICE),
    "over_refund": ({"more": [REFUND, at(6, "gateway", "refunded", **MONEY)]}, PRICE),
    "orphan_refund": ({"without": ("delivered", "status", "done"), "more": [REFUND]}, PRICE),
    "refunded": ({"without": ("delivered", "status", "done"), "more": [REFUND], "change": {"audit": AUDIT}}, PRICE),
    "underpaid": ({"change": {"captured": {"amount_fen": 1}}}, PRICE - 1),
    "misstated": ({"change": {"audit": AUDIT}}, PRICE),
    "undecided": ({"change": {"audit": {"state": "delivering"}}}, PRICE),
    "untraded": (
        {
            "without": ("captured", "notify", "submit", "delivered", "status", "done"),
            "change": {"audit": {"state": "closed"}},
        },
        PRICE,
    ),
    "whole_order_doubled": (
        {
            "more": [
                at(4, "operator", "delivered", ref="S2", **GOODS),
                at(5, "gateway", "captured", ref="42-2", **MONEY),
            ]
        },
        PRICE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_one_changed_row_gives_exactly_that_class(tmp_path, name):
    order, amount_fen = CASES[name]
    if "more" in order:
        fixed = [
            msgspec.structs.replace(row, order_no="R20261122000001", account="13800000001")
            if row.kind == "delivered"
            else msgspec.structs.replace(row, order_no="R20261122000001", ref=row.ref or "4200000001")
            for row in order["more"]
        ]  # fmt: skip
        order = {**order, "more": fixed}
    found = judged(tmp_path, **order)
    assert classes(found) == {name: (1, amount_fen), "normal": (1, PRICE)}
    lost = amount_fen if MEANINGS[Class(name)].loser else 0
    assert found["loss"]["total_fen"] == lost
    assert found["loss"]["per_million_fen"] == lost * 500_000


def test_goods_that_were_quoted_for_a_fen_are_worth_what_is_listed(tmp_path):
    cheap = {kind: {"amount_fen": 1} for kind in ("place", "create", "captured")}
    found = judged(tmp_path, change=cheap)
    assert classes(found) == {"underpaid": (1, PRICE - 1), "normal": (1, PRICE)}
    assert found["loss"]["total_fen"] == PRICE - 1


def test_a_good_run_has_lost_nothing_and_says_how_sure_that_is(tmp_path):
    found = judged(tmp_path)
    assert classes(found) == {"normal": (2, 2 * PRICE)}
    assert found["loss"]["total_fen"] == 0
    rate = found["drop_rate"]
    assert (rate["paid"], rate["lost"]) == (2, 0)
    assert rate["orders"]["upper"] == pytest.approx(1 - 0.05**0.5)


def test_goods_to_nobody_are_a_class_of_their_own(tmp_path):
    stray = at(4, "operator", "delivered", order_no="X9", **{**GOODS, "account": "13911111111"})
    run = Run(make_plan()).order(0)
    run.events.append(stray)
    run.write(tmp_path)
    assert classes(judge(tmp_path)) == {"stray_goods": (1, 4960), "normal": (1, PRICE)}


def test_a_loss_without_orders_has_no_rate():
    assert loss([], 0) == {
        "by_class_fen": {},
        "total_fen": 0,
        "per_million_by_class_fen": {},
        "per_million_fen": None,
    }


@pytest.mark.parametrize(
    ("bad", "trials", "upper"),
    # Source: exact binomial tables; 0 of n is 1 - 0.05 ** (1 / n).
    [(0, 1, 0.95), (0, 300, 0.0099359), (1, 10, 0.3941633), (5, 100, 0.1022534), (10, 10, 1.0)],
)
def test_bounds_are_those_of_the_tables(bad, trials, upper):
    assert upper_bound(bad, trials) == pytest.approx(upper, abs=1e-6)
    assert lower_bound(trials - bad, trials) == pytest.approx(1 - upper, abs=1e-6)


def test_a_bound_is_where_so_few_become_improbable():
    for bad, trials in ((1, 50), (7, 400), (40, 100_000)):
        assert at_most(bad, trials, upper_bound(bad, trials)) == pytest.approx(0.05, abs=1e-6)
    assert upper_bound(0, 0) is None


def test_bounds_cover_as_often_as_they_say():
    draw = random.Random(7)
    rate, trials, rounds = 0.03, 120, 400
    samples = [sum(draw.random() < rate for _ in range(trials)) for _ in range(rounds)]
    covered = sum(upper_bound(bad, trials) >= rate for bad in samples)
    assert covered / rounds >= 0.95 - 2 * math.sqrt(0.95 * 0.05 / rounds)


def outage(kind="outage"):
    return StrikeNote(id="out", at="operators.request", kind=kind, share=1.0, window_ms=(0.0, 5e3))


@pytest.mark.parametrize("kind", ["outage", "rotate", "kill"])
def test_what_happens_to_the_upstream_strikes_all_alike(kind):
    note = msgspec.structs.replace(outage(kind), share=0.5)
    assert is_shared(note)
    assert not is_shared(msgspec.structs.replace(note, kind="drop"))


def test_orders_of_one_outage_are_one_trial(tmp_path):
    plan = msgspec.structs.replace(make_plan(), strikes=(outage(),))
    run = Run(plan)
    for intent in range(6):
        lost = {"without": ("delivered", "status", "done")} if intent in {4, 5} else {}
        run.order(intent, change={"submit": {"strikes": ["out"]}} if intent >= 3 else {}, **lost)
    run.write(tmp_path)
    rate = judge(tmp_path)["drop_rate"]
    assert (rate["paid"], rate["lost"]) == (6, 2)
    assert (rate["orders"]["trials"], rate["orders"]["bad"]) == (3, 0)
    assert (rate["episodes"]["trials"], rate["episodes"]["bad"]) == (1, 1)
    assert (rate["episodes"]["orders"], rate["episodes"]["orders_lost"]) == (3, 2)


@pytest.mark.parametrize(
    ("row", "phase"),
    [
        ("create", "unpaid"),
        ("notify", "paid_not_notified"),
        ("submit", "acked_not_delivered"),
        (at(1.05, "gateway", "query"), "paid_not_notified"),
        (at(1.5, "operator", "query"), "delivering"),
        (at(2.5, "operator", "notify"), "delivered"),
    ],
    ids=str,
)
def test_a_cell_is_the_phase_in_which_the_fault_met_the_order(tmp_path, row, phase):
    note = StrikeNote(id="slow", at="gateways.reply", kind="delay", share=0.5)
    plan = msgspec.structs.replace(
        make_plan(), strikes=(note,), coverage=(f"delay @ {phase}", "delay @ refunding")
    )
    struck = {"strikes": ["slow"]}
    how = (
        {"change": {row: struck}}
        if isinstance(row, str)
        else {"more": [msgspec.structs.replace(row, **struck)]}
    )
    found = judged(tmp_path, plan, **how)
    met = {c["phase"]: c["orders"] for c in found["coverage"]["cells"] if c["orders"]}
    assert met == {phase: 1}
    assert found["coverage"]["uncovered"] == ["delay @ refunding"]
    assert found["verdict"] == "INCONCLUSIVE"
    assert any("delay @ refunding" in reason for reason in found["reasons"])
    assert not any(f"delay @ {phase} was" in reason for reason in found["reasons"])


@pytest.mark.parametrize("text", ["delay", "delay @ sleeping", "@ paid", "delay @"])
def test_a_cell_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"cell|phase"):
        coverage.parse_cell(text)
