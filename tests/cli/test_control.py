"""What a target has no control for is not exercised and said so; a run lets go of a process that it did not start."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness import scenario
from harness.core.clock import tick_s
from harness.core.plan import StrikeNote
from harness.doctor import dryrun
from harness.handles import _proc
from harness.handles.pid_file import PidFile
from harness.invariants import gates
from harness.safety import Permit
from harness.wiring import free_port
from tests.smoke.harness_run import interruptible

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "tests/platforms/card_shop"
STRIKES = {
    "dies": "{id: dies, at: target.process, fault: {kind: kill}, window: 1s..2s}",
    "second": "{id: second, at: target.process.2, fault: {kind: kill}, window: 1s..2s}",
    "still": "{id: still, at: target.process, fault: {kind: pause, by: 1s}, phase: paid}",
    "cut": "{id: cut, at: target.process, fault: {kind: disconnect, by: 1s}, phase: paid}",
    "full": "{id: full, at: target.process, fault: {kind: run, action: full, by: 1s}, phase: paid}",
    "rolling": "{id: rolling, at: target.process, fault: {kind: rolling_restart}, phase: paid}",
}


def staged(tmp_path, control, names=tuple(STRIKES)):
    text = (SHOP / "card_shop.yaml").read_text(encoding="utf-8").partition("control:")[0]
    text = text.replace("stock.txt", str(SHOP / "stock.txt"))
    (tmp_path / "shop.yaml").write_text(text + control, encoding="utf-8")
    path = tmp_path / "one.yaml"
    path.write_text(
        "target: shop.yaml\ntraffic: {arrivals: {shape: steady, rate: 5/s, for: 2s}, personas: {card_buyer: 1}}\n"
        "strikes:\n" + "".join(f"  - {STRIKES[name]}\n" for name in names),
        encoding="utf-8",
    )
    return scenario.stage(path)


@pytest.mark.parametrize(
    ("control", "lacks"),
    [
        ("", dict.fromkeys(STRIKES, "control")),
        (
            "control: {start: [x]}",
            {
                "second": "control.instances[1]",
                "cut": "control: disconnect",
                "full": "control.actions.full",
            },
        ),
        (
            "control: {pid_file: {path: a, program: a}, actions: {full: {do: [a], undo: [b]}}}",
            {
                "dies": "control: kill",
                "second": "control.instances[1]",
                "cut": "control: disconnect",
                "rolling": "control: stop",
            },
        ),
        (
            "control: {instances: [{container: {name: a}}, {start: [x]}]}",
            {"full": "control.actions.full"},
        ),
    ],
)
def test_what_the_target_has_no_control_for_is_a_note_and_no_strike(tmp_path, control, lacks):
    found = staged(tmp_path, control)
    assert {note.id: note.lacks for note in found.notes if note.lacks} == lacks
    assert {strike.id for strike in found.hosts} == set(STRIKES) - set(lacks)
    said = dryrun.text(found, Permit())
    for needs in lacks.values():
        assert f"not exercised: the target file does not have {needs}" in said
    assert ("not exercised" in said) == bool(lacks)
    for name, needs in lacks.items():
        assert f"  strike {name}: {needs}" in dryrun.left_out(found).splitlines()
        assert f"  故障 {name}：{needs}" in dryrun.left_out(found, "zh").splitlines()
    assert ("strike " in dryrun.left_out(found)) == bool(lacks)


def test_nothing_exercised_is_inconclusive_and_the_rest_is_judged_by_the_rest():
    def row(lacks, struck):
        note = StrikeNote(id="s", at="target.process", kind="kill", share=1.0)
        return {"id": note.id, "at": note.at, "lacks": lacks, "struck": struck, "eligible": struck}

    assert [reason.en for reason in gates.strikes([row("control", 0)])] == [
        "No strike could be exercised: the target file does not have control."
    ]
    assert list(gates.strikes([row("control", 0), row("", 3)])) == []
    assert len(list(gates.strikes([row("control", 0), row("", 0)]))) == 1
    assert list(gates.strikes([])) == []


def until(true, what, within_s=40.0):
    end_s = tick_s() + within_s
    while not true():
        assert tick_s() < end_s, f"never: {what}"
        time.sleep(0.02)


@pytest.fixture
def shop(tmp_path):
    """A card shop that runs already, with the target and scenario files of a pause that never ends by itself."""
    port, gateway = free_port(), free_port()
    entry = {"url": f"http://127.0.0.1:{gateway}", "pid": "1001", "key": "k", "channel": "alipay"}
    goods = [{"id": "7", "title": "卡", "price_fen": 990}]
    config = {"base_url": f"http://127.0.0.1:{port}", "gateways": {"epay": entry}, "goods": goods}
    (tmp_path / "upstreams.json").write_text(json.dumps(config), encoding="utf-8")
    words = ["--port", str(port), "--config", str(tmp_path / "upstreams.json")]
    words += ["--db", str(tmp_path / "shop.db"), "--stock", str(SHOP / "stock.txt")]
    found = staged(
        tmp_path, "control: {pid_file: {path: shop.pid, program: tests.platforms.card_shop}}\n"
    )
    text = found.target_path.read_text(encoding="utf-8").replace("{{port}}", str(port))
    mine = f'{{channel: alipay, pid: "1001", key: k, port: {gateway}}}'
    text = text.replace("{channel: alipay}", mine)
    found.target_path.write_text(text, encoding="utf-8")
    text = found.path.read_text(encoding="utf-8").partition("strikes:")[0]
    pause = "{id: still, at: target.process, fault: {kind: pause, by: 1h}, window: 0s..1s}"
    found.path.write_text(f"{text}strikes:\n  - {pause}\n", encoding="utf-8")
    command = [sys.executable, "-m", "tests.platforms.card_shop", *words]
    with subprocess.Popen(command, cwd=ROOT) as process:
        (tmp_path / "shop.pid").write_text(str(process.pid), encoding="ascii")
        yield _proc.known(process.pid)
        os.kill(process.pid, signal.SIGKILL)


@pytest.mark.smoke
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_was_paused_goes_on_however_the_run_ends(tmp_path, shop, how):
    command = [sys.executable, "-m", "harness", "run", str(tmp_path / "one.yaml")]
    with subprocess.Popen(
        [*command, "--out", str(tmp_path / "runs")],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=interruptible,  # noqa: PLW1509 - no thread of ours runs here
    ) as run:
        until(lambda: _proc.stands_still(shop) or run.poll() is not None, "paused")
        assert run.poll() is None, run.stderr.read().decode()
        run.send_signal(how)
        until(lambda: not _proc.stands_still(shop), "goes on")
        run.wait(30)
        assert b"Traceback" not in run.stderr.read()
    assert _proc.runs(shop), "who runs already is left running"
    handle = PidFile(path=str(tmp_path / "shop.pid"), program="tests.platforms.card_shop")
    assert handle.alive({}) is True
