"""From whole run directories to verdicts: gates, findings, damage, thresholds."""

import msgspec
import pytest
from histories import (
    LOST,
    PRICE,
    RECORDERS,
    TWICE,
    Run,
    a_run,
    account,
    at,
    make_plan,
    note,
    without_forgery,
    write_journal,
)

from harness.core.errors import UsageError
from harness.invariants import judge, laws
from harness.invariants.checker import FINDINGS_KEPT
from harness.invariants.slo import in_words


def law_of(found, name):
    return next(law for law in found["laws"] if law["law"] == name)


def test_a_good_run_passes(tmp_path):
    found = judge(a_run().write(tmp_path))
    assert (found["verdict"], found["reasons"]) == ("PASS", [])
    assert found["counts"] == {
        "placed": 3,
        "paid": 3,
        "delivered": 3,
        "refunded": 0,
        "closed": 0,
        "open": 0,
    }
    assert [p["phase"] for p in found["phases"]] == [
        "prepare",
        "load",
        "heal",
        "settle",
        "audit",
        "check",
    ]
    assert found["timings"]["load_s"] == 10.0
    assert found["latency"]["delivered"]["p50"] == 180_000.0
    assert (tmp_path / "parquet" / "events.parquet").exists()
    assert (tmp_path / "parquet" / "orders.parquet").exists()
    assert not (tmp_path / "parquet" / ".scratch").exists()
    assert msgspec.json.decode((tmp_path / "verdict.json").read_bytes()) == found


def test_a_lost_order_fails_and_is_named(tmp_path):
    found = judge(a_run({}, LOST).write(tmp_path))
    law = law_of(found, "no_lost_delivery")
    assert (found["verdict"], law["verdict"], law["cases"], law["broken"]) == ("FAIL", "FAIL", 2, 1)
    finding = law["findings"][0]
    assert (finding["intent"], finding["order_no"]) == (1, "R20261122000001")
    assert f"charged {PRICE} fen" in finding["says"]["en"]
    assert f"{PRICE} 分" in finding["says"]["zh"]
    assert "+1.000s captured epay" in finding["evidence"]
    assert len(found["reasons"]) == len(found["reasons_zh"]) > 0


def test_goods_to_an_account_nobody_ordered_for_are_a_finding(tmp_path):
    stray = at(2, "operator", "delivered", account="13999999999", channel="dayuanren", order_no="X")
    found = judge(a_run().add(stray).write(tmp_path))
    finding = law_of(found, "right_account")["findings"][0]
    assert finding["intent"] is None
    assert "13999999999" in finding["evidence"]


def test_an_intent_that_no_customer_knows_is_an_orphan(tmp_path):
    stray = at(2, "operator", "delivered", intent=77, account=account(77), channel="dayuanren")
    found = judge(a_run().add(stray).write(tmp_path))
    assert law_of(found, "right_account")["findings"][0]["intent"] is None


def test_findings_are_cut_and_counts_are_not(tmp_path):
    found = judge(a_run(*[LOST] * (FINDINGS_KEPT + 5), {}).write(tmp_path))
    law = law_of(found, "no_lost_delivery")
    assert (law["broken"], len(law["findings"])) == (FINDINGS_KEPT + 5, FINDINGS_KEPT)


def test_intents_are_learnt_from_accounts_and_order_numbers(tmp_path):
    run = a_run()
    for row in run.events:
        if row.vantage in {"gateway", "operator", "platform"}:
            row.intent = None
    found = judge(run.write(tmp_path))
    assert (found["verdict"], found["counts"]["delivered"]) == ("PASS", 3)


# Gates


def test_an_empty_run_is_inconclusive(tmp_path):
    found = judge(Run(make_plan(recorders=("supervisor",)), phases=()).write(tmp_path))
    assert found["verdict"] == "INCONCLUSIVE"
    assert "No order was delivered at all." in found["reasons"]
    assert any("never reached prepare" in reason for reason in found["reasons"])


def test_a_directory_without_journals_is_inconclusive(tmp_path):
    a_run().write(tmp_path)
    for path in (tmp_path / "journals").iterdir():
        path.unlink()
    found = judge(tmp_path)
    assert found["verdict"] == "INCONCLUSIVE"
    assert all(f"The journal {name} is missing." in found["reasons"] for name in RECORDERS)


def test_a_directory_without_a_plan_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no run directory"):
        judge(tmp_path)


def damage_gap(path):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[3:]))


def damage_torn(path):
    path.write_bytes(path.read_bytes()[:-9])


def damage_not_closed(path):
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def damage_missing(path):
    path.unlink()


def damage_corrupt(path):
    path.write_bytes(path.read_bytes().replace(b'"kind"', b'"ki\xffnd', 1))


def damage_emptied(path):
    path.write_bytes(b"")


def damage_twice(path):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], lines[1], *lines[2:]]))


DAMAGES = [
    {
        "gateways": (damage_gap, "has a gap of 1 rows"),
        "operators": (damage_corrupt, "has 1 lines that are no events"),
        "supervisor": (damage_torn, "ends in a torn line"),
        "traffic-0": (damage_not_closed, "was never closed"),
    },
    {
        "gateways": (damage_missing, "is missing"),
        "operators": (damage_twice, "numbers 1 rows twice"),
        "supervisor": (damage_gap, "has a gap of 1 rows"),
        "traffic-0": (damage_emptied, "is empty"),
    },
]


@pytest.mark.parametrize("damages", DAMAGES)
def test_damaged_journals_are_inconclusive_and_named(tmp_path, damages):
    folder = a_run().write(tmp_path)
    for recorder, (damage, _) in damages.items():
        damage(folder / "journals" / f"{recorder}.ndjson")
    found = judge(tmp_path)
    assert found["verdict"] == "INCONCLUSIVE"
    for recorder, (_, reason) in damages.items():
        assert any(f"The journal {recorder} {reason}" in said for said in found["reasons"])


def test_a_merchants_call_to_close_a_trade_does_not_close_a_journal(tmp_path):
    shut = at(5, "gateway", "close", channel="wechat_pay", order_no="R1", outcome="ok")
    folder = a_run({"more": [shut]}).write(tmp_path)
    assert judge(folder)["verdict"] == "PASS"
    damage_not_closed(folder / "journals" / "gateways.ndjson")
    found = judge(folder)
    assert found["verdict"] == "INCONCLUSIVE"
    assert any("The journal gateways was never closed" in said for said in found["reasons"])


@pytest.mark.parametrize("damage", [damage_gap, damage_torn, damage_missing])
def test_one_damaged_journal_is_enough(tmp_path, damage):
    damage(a_run().write(tmp_path) / "journals" / "gateways.ndjson")
    assert judge(tmp_path)["verdict"] == "INCONCLUSIVE"


def test_with_rows_missing_only_what_was_seen_can_break_a_law(tmp_path):
    run = a_run({}, LOST, TWICE)
    damage_torn(run.write(tmp_path) / "journals" / "operators.ndjson")
    found = judge(tmp_path)
    assert law_of(found, "no_lost_delivery")["verdict"] == "INCONCLUSIVE"
    assert law_of(found, "no_duplicate_delivery")["verdict"] == "FAIL"


def test_a_killed_run_is_inconclusive(tmp_path):
    found = judge(a_run(phases=("prepare", "load")).write(tmp_path))
    assert found["verdict"] == "INCONCLUSIVE"
    assert (
        "The run ended in phase load; it never reached heal, settle, audit, check."
        in found["reasons"]
    )


@pytest.mark.parametrize(
    ("spared", "reason"),
    [
        ([], "nothing passed epay.notify in its window"),
        (["quiet"], "all 1 that it could have met were spared"),
    ],
)
def test_a_strike_that_never_struck_is_named(tmp_path, spared, reason):
    plan = make_plan(strikes=(note("quiet"),))
    found = judge(a_run({"change": {"notify": {"spared": spared}}}, {}, plan=plan).write(tmp_path))
    assert found["verdict"] == "INCONCLUSIVE"
    assert reason in found["reasons"][0]
    assert (found["strikes"][0]["eligible"], found["strikes"][0]["struck"]) == (len(spared), 0)


def test_strikes_are_counted_by_row_and_by_key(tmp_path):
    run = a_run(
        {"strikes": ["loud"]}, {}, {"strikes": ["loud"]}, plan=make_plan(strikes=(note("loud"),))
    )
    unknown = next(row for row in run.events if row.kind == "notify" and row.intent == 2)
    unknown.intent = None
    found = judge(run.write(tmp_path))
    assert found["verdict"] == "PASS"
    assert found["strikes"][0]["keyed_by"] == {"intent": 1, "order_no": 1}


def test_a_required_law_without_cases_is_inconclusive(tmp_path):
    wanted = [law.name for law in laws() if law.needs in {"", "operators"}]
    plan = make_plan(laws=wanted, strikes=(note("forge", kind="forge"),))
    found = judge(a_run({"strikes": ["forge"]}, plan=plan).write(tmp_path))
    assert found["verdict"] == "INCONCLUSIVE"
    assert found["reasons"] == ["Law forged_notify_changes_nothing: No order exercised it."]


def test_only_the_laws_that_a_run_asks_for_are_judged_and_decide(tmp_path):
    broken_elsewhere = {"without": ("delivered",), "begin": -2000.0}
    plan = make_plan(laws=("order_findable",))
    found = judge(a_run(broken_elsewhere, plan=plan).write(tmp_path))
    assert [law["law"] for law in found["laws"]] == ["order_findable"]
    assert found["laws"][0]["verdict"] == "PASS"


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory):
    """A run without a breach, of which nearly everything else is wrong."""
    late = {"change": {"intent": {"detail": {"units": 1, "late_us": 80_000}}}}
    plan = make_plan(intents=9, laws=(*without_forgery(), "no_such"))
    run = a_run({}, late, {**LOST, "begin": 30.0}, {"without": ("audit",)}, plan=plan)
    run.add(at(5, "nemesis", "died", ref="target", detail={"exit": 1}))
    run.add(at(5, "nemesis", "trouble", detail={"en": "No disk.", "zh": "磁盘已满。"}))
    return judge(run.write(tmp_path_factory.mktemp("doubtful")))


@pytest.mark.parametrize(
    "reason",
    [
        "The process target died.",
        "No disk.",
        "Only 4 of 9 planned orders were begun.",
        "The driver itself was late: p99 80 ms, allowed 50 ms.",
        "The audit is incomplete: 1 orders could not be read.",
        "Law no_lost_delivery: 1 cases are undecided; of the first: charged 4990 fen, delivered 0 of 1.",
        "There is no law no_such.",
    ],
)
def test_each_gate_says_its_reason(doubtful, reason):
    assert doubtful["verdict"] == "INCONCLUSIVE"
    assert reason in doubtful["reasons"]


def test_reasons_come_in_both_languages(doubtful):
    assert len(doubtful["reasons"]) == len(doubtful["reasons_zh"])
    assert "磁盘已满。" in doubtful["reasons_zh"]
    assert law_of(doubtful, "no_lost_delivery")["unknown"] == 1


@pytest.mark.parametrize("row", ["died", "trouble"])
def test_one_gate_is_enough(tmp_path, row):
    found = judge(a_run().add(at(5, "nemesis", row, ref="target")).write(tmp_path))
    assert (found["verdict"], len(found["reasons"])) == ("INCONCLUSIVE", 1)


def test_acknowledgements_that_may_have_been_lost_are_no_breach(tmp_path):
    """A platform whose database did not come back refuses for ever; and a torn journal may have lost the last word."""
    trade = {"order_no": "R20261122000001", "ref": "4200000001", "channel": "epay"}
    refusal = {"state": "paid", "outcome": "fail", "amount_fen": PRICE, **trade}
    refused = [at(2 + n, "gateway", "notify", **refusal) for n in range(3)]
    story = {"without": ("notify",), "more": refused}
    (tmp_path / "whole").mkdir()
    found = judge(a_run({}, story).write(tmp_path / "whole"))
    assert law_of(found, "ladder_stops")["broken"] == 1
    (tmp_path / "hurt").mkdir()
    hurt = a_run({}, story).add(at(5, "nemesis", "trouble", detail={"en": "No.", "zh": "不行。"}))
    found = judge(hurt.write(tmp_path / "hurt"))
    assert (law_of(found, "ladder_stops")["unknown"], found["verdict"]) == (1, "INCONCLUSIVE")


def test_a_notification_that_was_kept_back_is_no_breach_of_the_platform(tmp_path):
    reason = "10.1.2.3 is not this machine: list it"
    kept = {
        "notify": {
            "outcome": "unknown",
            "detail": {"kept": 1, "reason": reason, "url": "http://10.1.2.3/"},
        }
    }
    found = judge(a_run({}, {**LOST, "change": kept}).write(tmp_path))
    assert found["verdict"] == "INCONCLUSIVE"
    assert f"1 notifications were kept back: {reason}." in found["reasons"]
    assert law_of(found, "no_lost_delivery")["broken"] == 0


def test_a_run_that_delivered_nothing_is_inconclusive(tmp_path):
    without = ("captured", "notify", "submit", "delivered", "status")
    run = a_run({"without": without, "change": {"audit": {"state": "closed"}}})
    found = judge(run.write(tmp_path))
    assert found["verdict"] == "INCONCLUSIVE"
    assert "No order was delivered at all." in found["reasons"]
    assert found["counts"]["closed"] == 1


REFUSED = {
    "without": ("place", "captured", "notify", "submit", "delivered", "status", "done", "audit"),
    "more": [at(0.1, "customer", "place", outcome="fail", http_status=422)],
}


def refused(_):
    return REFUSED


def paid_back(number):
    ref = f"4200{number:06d}"
    back = at(4, "gateway", "refunded", channel="epay", ref=ref, amount_fen=PRICE)
    shown = {"audit": {"state": "refunded"}}
    return {"without": ("submit", "delivered", "status"), "more": [back], "change": shown}


def wanting(*stories, sku="vip30", **fields):
    """A good order of other goods, and these of some goods, each told by its number."""
    made = [one(number) for number, one in enumerate(stories, start=1)]
    wanted = {"intent": {"sku": sku, **fields}}
    return a_run({}, *({**one, "change": {**one.get("change", {}), **wanted}} for one in made))


@pytest.mark.parametrize("story", [refused, paid_back])
def test_goods_that_nobody_gets_are_no_pass(tmp_path, story):
    (tmp_path / "few").mkdir()
    assert judge(wanting(*[story] * 4).write(tmp_path / "few"))["verdict"] == "PASS"
    found = judge(wanting(*[story] * 5).write(tmp_path))
    assert found["verdict"] == "INCONCLUSIVE"
    (reason,) = found["reasons"]
    assert reason.startswith("Nobody got vip30, though no strike met 5 of those who wanted it")


def test_goods_that_one_customer_gets_can_be_had(tmp_path):
    run = wanting(*[paid_back] * 5, lambda _: {"change": {"delivered": {"sku": ""}}})
    assert judge(run.write(tmp_path))["verdict"] == "PASS"


SERVED = {"change": {"delivered": {"sku": ""}}}


@pytest.mark.parametrize(
    ("stories", "verdict"),
    [
        ([refused, lambda _: SERVED], "PASS"),
        ([paid_back, lambda _: SERVED], "PASS"),
        ([lambda _: SERVED], "INCONCLUSIVE"),
    ],
)
def test_a_stock_that_lasts_is_no_pass_where_it_was_to_run_out(tmp_path, stories, verdict):
    run = wanting(*stories)
    run.plan = msgspec.structs.replace(make_plan(), intents=run.intents, sells_out=True)
    found = judge(run.write(tmp_path))
    assert found["verdict"] == verdict
    assert all(reason.startswith("Nothing sold out") for reason in found["reasons"])


def test_who_asks_for_the_impossible_is_no_ordinary_customer(tmp_path):
    run = wanting(*[refused] * 6, detail={"persona": "tamperer"})
    assert judge(run.write(tmp_path))["verdict"] == "PASS"


# Thresholds


THRESHOLDS = {
    "place_p95 < 500ms": ("PASS", 1.0),
    "place_p95 < 1ms": ("FAIL", 1.0),
    "delivered_p50 < 10s": ("PASS", 3_000.0),
    "delivered_p99 < 2s": ("FAIL", 3_000.0),
    "delivered_share >= 99%": ("PASS", 100.0),
    "paid_share > 100%": ("FAIL", 100.0),
    "pay_p50 < 1s": ("INCONCLUSIVE", None),
    "nonsense": ("INCONCLUSIVE", "a threshold such as 'place_p95 < 500ms', not 'nonsense'"),
}


def test_thresholds_are_judged(tmp_path):
    found = judge(a_run(plan=make_plan(slo=tuple(THRESHOLDS))).write(tmp_path))
    assert {s["slo"]: (s["verdict"], s["observed"]) for s in found["slo"]} == THRESHOLDS
    assert "place_p95 < 1ms: 1 ms was observed." in found["reasons"]
    assert "delivered_p99 < 2s：实测为 3 s。" in found["reasons_zh"]
    assert "paid_share > 100%: 100% was observed." in found["reasons"]


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0.125, "0.125 ms"),
        (740.04, "740 ms"),
        (500.4, "500.4 ms"),
        (47_760.0, "47.76 s"),
        (125_000.0, "2 min 05 s"),
        (7_380_000.0, "2 h 03 min"),
    ],
)
def test_durations_are_said_as_people_say_them(ms, said):
    assert in_words({"slo": "place_p95 < 1ms", "observed": ms}) == said


def test_units_are_whole_numbers_however_a_ledger_wrote_them(tmp_path):
    twice = at(4, "operator", "delivered", channel="kasushou", ref="again", detail={"units": 1.0})
    found = judge(a_run({"more": [twice]}).write(tmp_path))
    (finding,) = law_of(found, "no_duplicate_delivery")["findings"]
    assert finding["says"] == {"en": "ordered 1, delivered 2", "zh": "应发 1 份，实发 2 份"}


@pytest.mark.parametrize(
    ("slo", "verdict"),
    [
        ("place_p95 < 1s", "PASS"),
        ("place_p95 > 1s", "FAIL"),
        ("pay_p50 < 1s", "INCONCLUSIVE"),
    ],
)
def test_a_threshold_decides_the_verdict(tmp_path, slo, verdict):
    assert judge(a_run(plan=make_plan(slo=(slo,))).write(tmp_path))["verdict"] == verdict


def test_a_journal_of_nobody_in_the_plan_is_read_all_the_same(tmp_path):
    folder = a_run().write(tmp_path)
    again = at(5, "operator", "delivered", intent=0, channel="kasushou", ref="again")
    write_journal(folder / "journals" / "stranger.ndjson", [again], "stranger")
    assert law_of(judge(folder), "no_duplicate_delivery")["broken"] == 1


def aborted(**plan):
    """A run whose load a threshold ended at second 4, although the orders under way made it good in the end."""
    run = a_run(plan=make_plan(intents=9, slo=("place_p95 < 500ms",), **plan))
    return run.add(
        at(4, "nemesis", "abort", ref="place_p95 < 500ms", detail={"observed": "740.500"})
    )


def test_a_threshold_that_ended_the_load_fails_the_run_and_says_why(tmp_path):
    found = judge(aborted().write(tmp_path))
    assert found["verdict"] == "FAIL"
    assert found["aborted"] == {
        "slo": "place_p95 < 500ms",
        "observed": 740.5,
        "at_s": 4.0,
        "intents": 3,
        "planned": 9,
    }
    (slo,) = found["slo"]
    assert (slo["verdict"], slo["observed"], slo["aborted"]) == ("FAIL", 740.5, True)
    (why,) = found["reasons"]
    assert "ended after 4 s" in why
    assert "740.5 ms was observed" in why
    assert "3 of 9 planned orders had begun" in why
    assert "4 秒后提前终止" in found["reasons_zh"][0]
    assert {law["verdict"] for law in found["laws"]} == {"PASS"}


def test_a_run_that_came_to_its_end_says_that_it_was_not_ended(tmp_path):
    assert judge(a_run().write(tmp_path))["aborted"] is None
