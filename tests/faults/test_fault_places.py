"""Where a fault makes sense: on which legs, on which operations, and what a scenario is told about it."""

import re
from pathlib import Path

import msgspec
import pytest
import yaml

from harness import faults, scenario
from harness.core.delivery import Leg
from harness.core.errors import UsageError
from harness.faults import kinds
from mock_upstreams.config import Config
from mock_upstreams.dialect import GATEWAY_OPS, OPERATOR_OPS

HEAD = """\
seed: 7
target: reference
traffic: {arrivals: {shape: steady, rate: 5/s, for: 2s}, personas: {patient: 1}}
strikes:
"""


def staged(tmp_path, strike):
    path = tmp_path / "s.yaml"
    path.write_text(f"{HEAD}  - {strike}\n", encoding="utf-8")
    return scenario.stage(path)


def test_every_fault_is_for_some_leg_and_for_operations_that_there_are():
    known = {*GATEWAY_OPS, *OPERATOR_OPS, "complaint", "complain", "claim", "send"}
    for kind in kinds().values():
        assert kind.legs <= set(Leg)
        assert kind.legs
        assert kind.ops is None or (kind.ops and kind.ops <= known)


@pytest.mark.parametrize(
    ("strike", "ops"),
    [
        ("{id: a, at: epay.reply, fault: {kind: stale}}", ("query",)),
        ("{id: a, at: operators.reply, fault: {kind: flip}}", ("query",)),
        ("{id: a, at: operators.reply, fault: {kind: early}}", ("submit",)),
        ("{id: a, at: gateways.notify, fault: {kind: burst, size: 8}}", ("pay",)),
        ("{id: a, at: dayuanren.effect, fault: {kind: partial}}", ("submit",)),
        (
            "{id: a, at: gateways.request, window: 1s..2s, fault: {kind: rotate}}",
            ("create", "query", "refund"),
        ),
    ],
)
def test_the_operation_that_is_meant_is_one_that_the_fault_is_for(tmp_path, strike, ops):
    assert staged(tmp_path, strike).strikes[0].ops == ops


@pytest.mark.parametrize(
    ("strike", "says"),
    [
        (
            "{id: a, at: epay.reply, of: create, fault: {kind: stale}}",
            "strikes[0].of: this fault makes no sense on create; it does on: query",
        ),
        (
            "{id: a, at: epay.reply, of: pay, fault: {kind: truncate}}",
            "this fault makes no sense on pay; it does on: ",
        ),
        (
            "{id: a, at: wechat_pay.request, window: 1s..2s, fault: {kind: rotate}}",
            "no key changes on request here; it does on wechat_pay: notify, reply",
        ),
        (
            "{id: a, at: epay.reply, of: create, fault: {kind: probe}}",
            "nothing is signed on reply here; it is on epay: notify",
        ),
        (
            "{id: a, at: epay.request, fault: {kind: rotate}}",
            "rotate needs the strike's window, such as 5s..9s",
        ),
        (
            "{id: a, at: epay.request, of: pay, window: 1s..2s, fault: {kind: rotate}}",
            "'pay' has no request here",
        ),
        (
            "{id: a, at: epay.effect, fault: {kind: partial}}",
            "this fault makes no sense on pay; it does on: nothing here",
        ),
        (
            "{id: a, at: dayuanren.reply, fault: {kind: reject_then_succeed, code: nope}}",
            "dayuanren has no error code 'nope'",
        ),
    ],
)
def test_an_operation_that_a_fault_is_not_for_is_refused(tmp_path, strike, says):
    with pytest.raises(UsageError, match=r".") as refused:
        staged(tmp_path, strike)
    assert says in str(refused.value)


@pytest.mark.parametrize("kind", ["forge", "foreign"])
def test_the_law_of_forgeries_is_asked_for_where_somebody_forges(tmp_path, kind):
    strike = f"{{id: a, at: epay.notify, of: create, fault: {{kind: {kind}}}}}"
    assert "forged_notify_changes_nothing" in staged(tmp_path, strike).laws


def test_the_mocks_refuse_it_as_well():
    strike = {
        "id": "a",
        "upstreams": ["epay"],
        "leg": "reply",
        "ops": ["create"],
        "fault": {"kind": "stale"},
    }
    fields = {"token": "x" * 8, "upstreams": {"epay": {}}, "strikes": [strike]}
    with pytest.raises(UsageError, match="makes no sense on create"):
        msgspec.convert(fields, Config).check()


def test_the_documentation_tells_every_fault_in_yaml_that_is_good():
    text = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    table = text.partition("### Faults")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z, \[\]]+) \| `(\{kind: .*?\})` \|", table, re.MULTILINE)
    told = {}
    for where, example in rows:
        fault = msgspec.convert(yaml.safe_load(example), faults.any_fault())
        legs = set(re.sub(r"\[.*", "", where).replace(",", " ").split())
        assert set(Leg) == set(fault.legs) if legs == {"any"} else legs == set(fault.legs), example
        told[yaml.safe_load(example)["kind"]] = example
    assert sorted(told) == faults.names()
