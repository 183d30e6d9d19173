"""Strikes on links and processes in scenario files: resolved, or refused with the place and the nearest word."""

import pytest

from harness import scenario
from harness.core.errors import UsageError

HEAD = """
target: reference
traffic:
  arrivals: {shape: steady, rate: 5/s, for: 2s}
  personas: {patient: 1}
strikes:
"""


def staged(tmp_path, strike):
    path = tmp_path / "one.yaml"
    path.write_text(f"{HEAD}  - {strike}\n", encoding="utf-8")
    return scenario.stage(path)


def test_links_by_role_by_name_and_of_customers(tmp_path):
    text = "{id: s, at: %s, fault: {kind: latency, by: 5ms}, share: 50%%, window: 1s..2s}"
    seen = {
        at: staged(tmp_path, text % at).links[0]
        for at in ("gateways.link", "epay.link", "customers.link")
    }
    assert seen["gateways.link"].links == ("epay", "wechat_pay")
    assert seen["epay.link"].links == ("epay",)
    assert seen["customers.link"].links == ("customers",)
    assert (seen["epay.link"].share, seen["epay.link"].window_ms) == (0.5, (1_000.0, 2_000.0))


def test_processes_by_the_clock_or_by_an_orders_phase(tmp_path):
    (one,) = staged(
        tmp_path, "{id: s, at: target.process, fault: {kind: pause}, window: 1s..2s}"
    ).hosts
    assert (one.at_ms, one.until_ms, one.phase) == (1_000.0, 2_000.0, None)
    text = "{id: s, at: target.process, fault: {kind: kill}, phase: acked, orders: 5}"
    (two,) = staged(tmp_path, text).hosts
    assert (two.phase, two.orders) == ("acked", 5)
    note = staged(tmp_path, text).notes[0]
    assert (note.at, note.kind, note.window_ms) == ("target.process", "kill", None)


@pytest.mark.parametrize(
    ("strike", "said"),
    [
        ("{id: s, at: epay.reply, fault: {kind: latency, by: 5ms}}", "<upstream>.link"),
        ("{id: s, at: epya.link, fault: {kind: latency, by: 5ms}}", "did you mean 'epay'"),
        ("{id: s, at: epay.process, fault: {kind: kill}, window: 1s..2s}", "target.process"),
        ("{id: s, at: target.process, fault: {kind: kill}}", "a window such as"),
        ("{id: s, at: target.process, fault: {kind: pause}, phase: paid}", "how long"),
        ("{id: s, at: epay.link, fault: {kind: latancy, by: 5ms}}", "latency"),
        ("{id: s, at: epay.link, fault: {kind: latency, by: 0ms}}", "above 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(tmp_path, strike, said):
    with pytest.raises(UsageError, match=r"one\.yaml:\d+:\d+") as refused:
        staged(tmp_path, strike)
    assert said in str(refused.value)
