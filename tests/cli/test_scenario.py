"""Scenario files: what they mean, and how their mistakes are named."""

import pytest

from harness import scenario
from harness.core.delivery import Leg
from harness.core.errors import UsageError
from harness.faults._strike import ALL_ATTEMPTS

HEAD = """\
time_scale: 60
traffic:
  arrivals: {shape: steady, rate: 10/s, for: 3s}
strikes:
"""


def staged(tmp_path, text):
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    return scenario.stage(path)


def strikes(tmp_path, *lines):
    return staged(tmp_path, HEAD + "".join(f"  - {line}\n" for line in lines)).strikes


def refusal(tmp_path, text):
    with pytest.raises(UsageError) as caught:
        staged(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/", "")


NEEDED = {"complaints", "tickets", "throttles", "limits", "refusals.limit", "batches"}


@pytest.mark.parametrize(
    ("target", "persona", "has"),
    [
        ("reference", "patient", set()),
        ("reference", "complainer", {"complaints"}),
        ("reference", "ticket_opener", {"tickets"}),
        ("reference", "merchant", {"batches"}),
        ("reference", "stuffer", {"throttles"}),
        ("reference_limits", "patient", {"limits", "refusals.limit"}),
    ],
)
def test_a_law_about_a_promise_needs_the_promise_and_somebody_who_tries_it(
    tmp_path, target, persona, has
):
    traffic = (
        f"traffic: {{arrivals: {{shape: steady, rate: 9/s, for: 9s}}, personas: {{{persona}: 1}}}}"
    )
    assert NEEDED & set(staged(tmp_path, f"target: {target}\n{traffic}\n").has) == has


def test_roles_mean_every_upstream_of_the_target(tmp_path):
    notify, reply = strikes(
        tmp_path,
        "{id: a, at: gateways.notify, fault: {kind: drop}, share: 30%, window: 1s..2s}",
        "{id: b, at: operators.reply, fault: {kind: lose_reply}, attempts: all}",
    )
    assert notify.upstreams == ("epay", "wechat_pay")
    assert (notify.leg, notify.ops, notify.share) == (Leg.NOTIFY, ("pay",), 0.3)
    assert (notify.window_ms, notify.by, notify.attempts) == ((1000, 2000), "arrival", 1)
    assert reply.upstreams == ("dayuanren", "kasushou")
    assert (reply.ops, reply.attempts) == (("submit",), ALL_ATTEMPTS)


def test_an_outage_meets_every_operation_by_the_clock(tmp_path):
    (outage,) = strikes(
        tmp_path, "{id: a, at: epay.request, fault: {kind: outage}, window: 1s..2s}"
    )
    assert set(outage.ops) >= {"create", "query", "refund", "pay"}
    assert (outage.by, outage.attempts) == ("clock", ALL_ATTEMPTS)


@pytest.mark.parametrize(
    ("strike", "says"),
    [
        (
            "{id: a, at: gateways.notfy, fault: {kind: drop}}",
            "s.yaml:5:17 strikes[0].at: 'notfy' is no leg, did you mean 'notify'?",
        ),
        (
            "{id: a, at: epai.notify, fault: {kind: drop}}",
            "s.yaml:5:17 strikes[0].at: no upstream 'epai' in this run, did you mean 'epay'?",
        ),
        ("{id: a, at: epay, fault: {kind: drop}}", "strikes[0].at: upstream.leg, such as"),
        (
            "{id: a, at: epay.reply, fault: {kind: duplicate}}",
            "strikes[0].fault.kind: duplicate makes no sense on reply; it does on: notify",
        ),
        ("{id: a, at: epay.request, fault: {kind: outage}}", "outage needs the strike's window"),
        (
            "{id: a, at: operators.reply, fault: {kind: status, code: bussy}}",
            "has no error code 'bussy', did you mean 'busy'?",
        ),
        (
            "{id: a, at: epay.notify, of: refnd, fault: {kind: drop}}",
            "strikes[0].of: 'refnd' has no notify here",
        ),
        (
            "{id: a, at: epay.notify, fault: {kind: drop}, share: 130%}",
            "s.yaml:5:58 strikes[0].share: a share between 0% and 100%, not '130%'",
        ),
        ("{id: a, at: epay.notify, fault: {kind: drop}, atempts: 2}", "did you mean 'attempts'?"),
    ],
)
def test_a_strike_that_cannot_be_is_refused(tmp_path, strike, says):
    assert says in refusal(tmp_path, f"{HEAD}  - {strike}\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "traffic: {arrivals: {shape: steady, rate: 10/s, for: 3s}, personas: {patiant: 1}}",
            "no persona 'patiant', did you mean 'patient'?",
        ),
        ("traffic: {arrivals: {shape: stedy, rate: 1/s, for: 3s}}", "did you mean 'steady'?"),
        (
            "target: refrence\ntraffic: {arrivals: {shape: steady, rate: 10/s, for: 3s}}",
            "s.yaml:1:9 target: no target 'refrence', did you mean 'reference'?",
        ),
        (
            "gateways: [epay, alipai]\ntraffic: {arrivals: {shape: steady, rate: 10/s, for: 3s}}",
            "s.yaml:1:18 gateways[1]: the target has no 'alipai'",
        ),
        (
            "traffic: {arrivals: {shape: steady, rate: 10/s, for: 3s}}\nexpect: {laws: [no_lost]}",
            "no law 'no_lost', did you mean 'no_lost_delivery'?",
        ),
        (
            "traffic: {arrivals: {shape: steady, rate: 10/s, for: 3s}}\nexpect: {slo: [speed < 3]}",
            "expect",
        ),
        ("seed: 3\n", "the key 'traffic' is required here"),
    ],
)
def test_other_mistakes_are_named(tmp_path, text, says):
    assert says in refusal(tmp_path, text)


def test_two_strikes_with_one_id_are_refused(tmp_path):
    line = "  - {id: a, at: epay.notify, fault: {kind: drop}}\n"
    assert "the id 'a' stands twice" in refusal(tmp_path, HEAD + line * 2)


def test_a_scenario_may_narrow_the_upstreams(tmp_path):
    text = "gateways: [epay]\ntraffic: {arrivals: {shape: steady, rate: 10/s, for: 3s}}\n"
    assert list(staged(tmp_path, text).gateways) == ["epay"]


def test_the_same_seed_means_the_same_arrivals(tmp_path):
    text = "traffic: {arrivals: {shape: steady, rate: 10/s, for: 3s}}\n"
    assert staged(tmp_path, text).starts_ms == staged(tmp_path, text).starts_ms


def test_the_schema_is_a_json_schema_that_knows_the_faults():
    told = scenario.schema()
    assert told["$schema"].startswith("https://json-schema.org/")
    assert {"Drop", "Duplicate", "Delay", "Forge"} <= set(told["$defs"])


def test_all_laws_means_those_that_the_scenario_can_exercise(tmp_path):
    calm = staged(tmp_path, HEAD + "  - {id: a, at: epay.notify, fault: {kind: drop}}\n").laws
    forging = "  - {id: a, at: epay.notify, of: create, fault: {kind: forge}}\n"
    assert set(staged(tmp_path, HEAD + forging).laws) - set(calm) == {
        "forged_notify_changes_nothing"
    }
    asked = "expect: {laws: [forged_notify_changes_nothing]}\n"
    assert staged(tmp_path, HEAD.replace("strikes:\n", asked)).laws == [
        "forged_notify_changes_nothing"
    ]


EXPECT = "traffic: {arrivals: {shape: steady, rate: 10/s, for: 3s}}\nexpect:\n  slo:\n"


def test_thresholds_may_end_the_load(tmp_path):
    text = EXPECT + (
        "    - place_p95 < 1s\n"
        '    - {threshold: "pay_p95 < 1s", abort_on_fail: true}\n'
        '    - {threshold: "paid_share > 1%", abort_on_fail: true, delay_abort_eval: 2s}\n'
        '    - {threshold: "status_p50 < 1s"}\n'
    )
    expect = staged(tmp_path, text).scenario.expect
    assert expect.thresholds == [
        "place_p95 < 1s",
        "pay_p95 < 1s",
        "paid_share > 1%",
        "status_p50 < 1s",
    ]
    assert expect.aborts == {"pay_p95 < 1s": 10_000, "paid_share > 1%": 2_000}


@pytest.mark.parametrize(
    ("threshold", "says"),
    [
        ('{threshold: "plaice_p95 < 1s"}', "expect.slo[0]: no metric 'plaice_p95'"),
        ('{threshold: "place_p95 < 1s", delay_abort_eval: soon}', "a duration such as"),
        ('{threshold: "place_p95 < 1s", abortOnFail: true}', "abortOnFail"),
    ],
)
def test_a_wrong_threshold_is_named(tmp_path, threshold, says):
    told = refusal(tmp_path, EXPECT + f"    - {threshold}\n")
    assert says in told
    assert told.startswith("s.yaml:4:")


@pytest.mark.parametrize(("target", "customers"), [("reference", 4), ("reference_guarded", 200)])
def test_a_scenario_may_want_few_customers_but_not_from_an_address_that_may_order_little(
    tmp_path, target, customers
):
    few = HEAD.removesuffix("strikes:\n") + "  customers: 4\n"
    few = few.replace("traffic:\n", f"target: {target}\ntraffic:\n")
    assert staged(tmp_path, few).target.customers == customers
