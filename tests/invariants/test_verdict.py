"""From whole run directories to verdicts: gates, findings, damage, thresholds, and what may not change a verdict."""

import msgspec
import pytest
from histories import (
    PRICE,
    RECORDERS,
    Run,
    account,
    at,
    make_plan,
    note,
    without_forgery,
    write_journal,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core.errors import UsageError
from harness.invariants import judge, law_names
from harness.invariants.checker import FINDINGS_KEPT

LOST = {"without": ("submit", "delivered", "status")}
TWICE = {"more": [at(4, "operator", "delivered", channel="kasushou", ref="again")]}


def a_run(*stories, plan=None, **options):
    run = Run(plan, **options)
    for intent, story in enumerate(stories or [{}] * 3):
        run.order(intent, **story)
    return run


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


@pytest.mark.parametrize("recorder", RECORDERS)
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (damage_gap, "has a gap of 1 rows"),
        (damage_torn, "ends in a torn line"),
        (damage_not_closed, "was never closed"),
        (damage_missing, "is missing"),
        (damage_corrupt, "lines that are no events"),
        (damage_emptied, "is empty"),
        (damage_twice, "numbers 1 rows twice"),
    ],
)
def test_a_damaged_journal_is_inconclusive_and_named(tmp_path, recorder, damage, reason):
    damage(a_run().write(tmp_path) / "journals" / f"{recorder}.ndjson")
    found = judge(tmp_path)
    assert found["verdict"] == "INCONCLUSIVE"
    assert any(
        f"The journal {recorder} {reason}" in r or (recorder in r and reason in r)
        for r in found["reasons"]
    )


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


def test_a_process_that_died_is_named(tmp_path):
    run = a_run().add(at(5, "nemesis", "died", ref="target", detail={"exit": 1}))
    assert "The process target died." in judge(run.write(tmp_path))["reasons"]


def test_trouble_that_the_supervisor_saw_is_said(tmp_path):
    run = a_run().add(at(5, "nemesis", "trouble", detail={"en": "No disk.", "zh": "磁盘已满。"}))
    found = judge(run.write(tmp_path))
    assert (found["verdict"], found["reasons"], found["reasons_zh"]) == (
        "INCONCLUSIVE",
        ["No disk."],
        ["磁盘已满。"],
    )


@pytest.mark.parametrize(
    ("spared", "reason"),
    [([], "nothing passed epay.notify in its window"), (["quiet"], "chance spared all 1")],
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
    plan = make_plan(laws=law_names(), strikes=(note("forge", kind="forge"),))
    found = judge(a_run({"strikes": ["forge"]}, plan=plan).write(tmp_path))
    assert found["verdict"] == "INCONCLUSIVE"
    assert found["reasons"] == ["Law forged_notify_changes_nothing: No order exercised it."]


def test_a_law_that_only_a_forger_can_exercise_is_not_required_without_one(tmp_path):
    assert judge(a_run(plan=make_plan(laws=law_names())).write(tmp_path))["verdict"] == "PASS"


def test_a_law_that_does_not_exist_is_named(tmp_path):
    found = judge(a_run(plan=make_plan(laws=(*without_forgery(), "no_such"))).write(tmp_path))
    assert found["reasons"] == ["There is no law no_such."]


def test_undecided_cases_are_inconclusive(tmp_path):
    found = judge(a_run({}, {**LOST, "begin": 30.0}).write(tmp_path))
    assert found["verdict"] == "INCONCLUSIVE"
    assert law_of(found, "no_lost_delivery")["unknown"] == 1
    assert "Law no_lost_delivery: 1 cases are undecided." in found["reasons"]


def test_a_driver_that_was_late_is_inconclusive(tmp_path):
    late = {"change": {"intent": {"detail": {"units": 1, "late_us": 80_000}}}}
    found = judge(a_run({}, late).write(tmp_path))
    assert found["load"]["lateness_p99_ms"] == 80.0
    assert found["reasons"] == ["The driver itself was late: p99 80 ms, allowed 50 ms."]


def test_customers_that_never_came_are_counted(tmp_path):
    found = judge(a_run(plan=make_plan(intents=9)).write(tmp_path))
    assert found["reasons"] == ["Only 3 of 9 planned orders were begun."]


def test_an_incomplete_audit_is_inconclusive(tmp_path):
    found = judge(a_run({}, {"without": ("audit",)}).write(tmp_path))
    assert "The audit is incomplete: 1 orders could not be read." in found["reasons"]


def test_a_run_that_delivered_nothing_is_inconclusive(tmp_path):
    without = ("captured", "notify", "submit", "delivered", "status")
    found = judge(
        a_run({"without": without, "change": {"audit": {"state": "closed"}}}).write(tmp_path)
    )
    assert found["verdict"] == "INCONCLUSIVE"
    assert "No order was delivered at all." in found["reasons"]
    assert found["counts"]["closed"] == 1


# Thresholds


@pytest.mark.parametrize(
    ("slo", "verdict", "observed"),
    [
        ("place_p95 < 500ms", "PASS", 1.1),
        ("place_p95 <= 1ms", "FAIL", 1.1),
        ("delivered_p50 < 10m", "PASS", 180_000.0),
        ("delivered_p99 < 2m", "FAIL", 180_000.0),
        ("delivered_share >= 99%", "PASS", 100.0),
        ("paid_share > 100%", "FAIL", 100.0),
        ("pay_p50 < 1s", "INCONCLUSIVE", None),
        ("nonsense", "INCONCLUSIVE", "a threshold such as 'place_p95 < 500ms', not 'nonsense'"),
    ],
)
def test_a_threshold_is_judged(tmp_path, slo, verdict, observed):
    found = judge(a_run(plan=make_plan(slo=(slo,))).write(tmp_path))
    assert found["slo"] == [{"slo": slo, "verdict": verdict, "observed": observed}]
    assert found["verdict"] == verdict


# What may not change a verdict


STORIES = [{}, LOST, TWICE, {"without": ("captured",)}, {**LOST, "begin": 30.0}]
quick = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def counts_of(found):
    return found["verdict"], [
        (law["law"], law["held"], law["broken"], law["unknown"]) for law in found["laws"]
    ]


@quick
@given(data=st.data())
def test_interleaving_independent_orders_changes_nothing(tmp_path_factory, data):
    chosen = data.draw(st.lists(st.sampled_from(STORIES), min_size=1, max_size=5))
    folder = tmp_path_factory.mktemp("run")
    run = copied(chosen)
    expected = counts_of(judge(run.write(folder)))
    run.events = data.draw(st.permutations(run.events))
    assert counts_of(judge(run.write(folder))) == expected


@quick
@given(data=st.data())
def test_leaving_out_other_orders_never_makes_a_run_fail(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("run")
    run = copied([{}] * 4)
    gone = data.draw(st.sets(st.integers(0, 3)))
    run.events = [row for row in run.events if row.intent not in gone]
    found = judge(run.write(folder))
    assert found["verdict"] == ("PASS" if not gone else "INCONCLUSIVE")


@quick
@given(data=st.data())
def test_losing_any_rows_of_a_good_run_never_makes_it_fail(tmp_path_factory, data):
    """A recorder that lost rows left a gap, and nothing is blamed on the platform for it."""
    folder = copied([{}] * 2).write(tmp_path_factory.mktemp("run"))
    for recorder in RECORDERS:
        path = folder / "journals" / f"{recorder}.ndjson"
        lines = path.read_bytes().splitlines(keepends=True)
        kept = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
        path.write_bytes(b"".join(line for line, keep in zip(lines, kept, strict=True) if keep))
    assert judge(folder)["verdict"] in {"PASS", "INCONCLUSIVE"}


def copied(stories):
    """A run whose orders share no rows, even if the stories do."""
    run = Run()
    for intent, story in enumerate(stories):
        more = [msgspec.structs.replace(row, intent=None) for row in story.get("more", ())]
        run.order(intent, **{**story, "more": more})
    return run


def test_a_journal_of_nobody_in_the_plan_is_read_all_the_same(tmp_path):
    folder = a_run().write(tmp_path)
    again = at(5, "operator", "delivered", intent=0, channel="kasushou", ref="again")
    write_journal(folder / "journals" / "stranger.ndjson", [again], "stranger")
    assert law_of(judge(folder), "no_duplicate_delivery")["broken"] == 1
