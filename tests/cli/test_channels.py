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


def test_a_channel_that_a_target_does_not_have_is_not_struck(tmp_path):
    there = staged(tmp_path, struck("sms.request", "{kind: drop}"), "reference")
    assert (there.strikes, [note.lacks for note in there.notes]) == ([], ["sms"])


def test_a_channel_that_we_do_not_speak_is_refused(tmp_path):
    text = find_target("reference_messages").read_text(encoding="utf-8")
    path = tmp_path / "theirs.yaml"
    path.write_text(text.replace("  sms: {}", "  pigeon: {}").replace("  defects:", "  #"))
    with pytest.raises(UsageError, match="channels name 'pigeon'"):
        staged(tmp_path, "", target=str(path))


def promising(folder: Path, announces: str) -> Path:
    text = find_target("reference_messages").read_text(encoding="utf-8")
    begin, end = text.index("  announces:"), text.index("control:")
    path = folder / "theirs.yaml"
    path.write_text(
        f"{text[:begin]}  announces: {announces}\n\n{text[end:]}".replace("  defects:", "  #")
    )
    return path


def test_what_is_promised_to_be_told_is_in_the_run(tmp_path):
    announces = "{held: {says: 审核, after: 60s, above: '90.00'}, lapse: {says: 到期, lasts: 10m}}"
    found = staged(tmp_path, "", target=str(promising(tmp_path, announces)))
    held, lapse = found.target.announced()
    assert (held.what, held.after_ms, held.above_fen) == ("held", 60_000, 9_000)
    assert (lapse.what, lapse.after_ms, lapse.goods) == ("lapse", 600_000, "vip30")
    assert {"held_is_announced", "lapse_is_announced"} <= set(found.laws)
    assert found.not_applicable["end_is_announced"] == "announces.ended"


def test_without_promises_their_laws_are_not_applicable(tmp_path):
    found = staged(tmp_path, "", target="reference")
    assert {"held_is_announced", "notices_bounded"} <= found.not_applicable.keys()


@pytest.mark.parametrize(
    ("announces", "said"),
    [
        ("{held: {says: '(', after: 60s}}", r"theirs.yaml:\d+:\d+ .*regular expression"),
        ("{lapse: {says: 到期, lasts: soon}}", r"theirs.yaml:\d+:\d+ .*soon"),
        ("{ended: {says: 成功, most: 0}}", r"theirs.yaml:\d+:\d+ .*1 or more"),
        ("{hold: {says: 审核, after: 60s}}", r"theirs.yaml:\d+:\d+ .*hold"),
    ],
)
def test_a_promise_that_cannot_be_read_is_refused_where_it_stands(tmp_path, announces, said):
    with pytest.raises(UsageError, match=said):
        staged(tmp_path, "", target=str(promising(tmp_path, announces)))


def test_promises_without_a_channel_are_refused(tmp_path):
    path = promising(tmp_path, "{ended: {says: 成功}}")
    path.write_text(path.read_text().replace("channels:\n  sms: {}\n", ""))
    with pytest.raises(UsageError, match=r"theirs.yaml:\d+:\d+ .*no `channels`"):
        staged(tmp_path, "", target=str(path))
