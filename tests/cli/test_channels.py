"""Message channels in target files and scenarios: staged, struck, told to the target; refused where they are wrong."""

from pathlib import Path

import pytest

from harness import scenario, wiring
from harness.core.errors import UsageError
from harness.scenario import find_target

TRAFFIC = "traffic: {arrivals: {shape: steady, rate: 10/s, for: 1s}, personas: {patient: 1}}\n"


def staged(folder: Path, more: str, target: str = "reference_messages"):
    path = folder / "one.yaml"
    path.write_text(f"time_scale: 60\ntarget: {target}\n{TRAFFIC}{more}")
    return scenario.stage(path)


def struck(at: str, fault: str, more: str = "") -> str:
    return f"strikes:\n  - {{id: a, at: {at}, fault: {fault}{more}}}\n"


def test_a_targets_channels_are_in_the_run_and_told_to_it(tmp_path):
    found = staged(tmp_path, "")
    assert found.channels == {"sms": {}}
    told = {name: {"url": name, "key": "k"} for name in (*found.gateways, *found.operators, "sms")}
    assert wiring.target_config(found, "http://t", told)["messages"] == {
        "sms": {"url": "sms", "key": "k"}
    }


def test_a_target_without_channels_is_told_of_none(tmp_path):
    found = staged(tmp_path, "", target="reference")
    told = {name: {} for name in (*found.gateways, *found.operators)}
    assert (found.channels, wiring.target_config(found, "http://t", told)["messages"]) == ({}, {})


@pytest.mark.parametrize(
    ("at", "leg", "ops"),
    [
        ("sms.request", "request", ("send",)),
        ("channels.effect", "effect", ("send",)),
        ("channels.reply", "reply", ("send",)),
    ],
)
def test_a_strike_meets_what_is_sent(tmp_path, at, leg, ops):
    (strike,) = staged(tmp_path, struck(at, "{kind: drop}")).strikes
    assert (strike.upstreams, strike.leg, strike.ops) == (("sms",), leg, ops)


@pytest.mark.parametrize(
    ("more", "target", "said"),
    [
        (struck("sms.notify", "{kind: drop}"), "reference_messages", r":5:\d+ .*tells customers"),
        (struck("sms.request", "{kind: drop}"), "reference", r":5:\d+ .*no upstream 'sms'"),
        ("channels: [smss]\n", "reference_messages", r":4:\d+ .*no 'smss'.*sms"),
        (
            struck("sms.request", "{kind: status, code: nonsense}"),
            "reference_messages",
            r"sms has no error code",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(tmp_path, more, target, said):
    with pytest.raises(UsageError, match=said):
        staged(tmp_path, more, target)


def test_a_channel_that_we_do_not_speak_is_refused(tmp_path):
    text = find_target("reference_messages").read_text(encoding="utf-8")
    path = tmp_path / "theirs.yaml"
    path.write_text(text.replace("  sms: {}", "  pigeon: {}").replace("  defects:", "  #"))
    with pytest.raises(UsageError, match="channels name 'pigeon'"):
        staged(tmp_path, "", target=str(path))
