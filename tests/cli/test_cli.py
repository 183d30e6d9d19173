"""The command line's answers and exit codes, where nothing needs to be started."""

import json
import shutil
from typing import NamedTuple

import pytest

from harness import cli, inventory, scenario
from harness.core import plan as plans
from harness.safety import is_loopback


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def said(capsys, monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["recharge-chaos", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out = capsys.readouterr()
    return ended.value.code or 0, out.out, out.err


@pytest.mark.parametrize("kind", inventory.KINDS)
def test_every_kind_lists_as_json_with_names(capsys, monkeypatch, kind):
    code, out, _ = said(capsys, monkeypatch, "list", kind, "--json")
    rows = json.loads(out)
    assert code == 0
    assert rows
    assert all(row["name"] for row in rows)


def test_a_kind_that_is_none_is_a_usage_error(capsys, monkeypatch):
    code, _, errors = said(capsys, monkeypatch, "list", "lawz")
    assert code == 2
    assert "did you mean 'laws'?" in errors


def test_validate_says_what_a_scenario_holds(capsys, monkeypatch):
    code, out, _ = said(capsys, monkeypatch, "validate", "holiday_peak")
    assert code == 0
    assert "intents on reference" in out
    assert "  law books_agree: database.wallet" in out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "holiday_peek"), "no scenario 'holiday_peek', did you mean 'holiday_peak'?"),
        (("run", "holiday_peak", "--target", "refrence"), "did you mean 'reference'?"),
        (
            ("run", "holiday_peak", "--defect", "notify_not_idempotant"),
            "did you mean 'notify_not_idempotent'?",
        ),
        (("check", "/nowhere"), "is no run directory"),
        (("report", "/nowhere"), "is no run directory"),
    ],
)
def test_wrong_names_are_usage_errors_with_the_nearest_word(capsys, monkeypatch, arguments, says):
    code, _, errors = said(capsys, monkeypatch, *arguments)
    assert code == 2
    assert says in errors


def test_a_full_disk_is_said_before_anything_starts(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 1 << 20))
    code, _, errors = said(capsys, monkeypatch, "run", "holiday_peak", "--out", tmp_path)
    assert code == 2
    assert "1 MiB free, but this run may need" in errors
    assert not list((tmp_path / "holiday_peak").iterdir())


def test_a_run_directory_without_journals_is_inconclusive(capsys, monkeypatch, tmp_path):
    plan = plans.Plan(
        run="r",
        scenario="s",
        target="t",
        seed=1,
        time_scale=60,
        workers=1,
        intents=1,
        load_ms=1.0,
        recorders=("supervisor", "gateways", "operators", "traffic-0"),
        laws=("no_lost_delivery",),
    )
    plans.write(plan, tmp_path)
    code, _, errors = said(capsys, monkeypatch, "check", tmp_path)
    told = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))
    assert code == 3
    assert told["verdict"] == "INCONCLUSIVE"
    assert any("gateways" in reason for reason in told["reasons"])
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.8.7", True),
        ("::1", True),
        ("localhost", True),
        ("127.evil.example", False),
        ("localhost.evil.example", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("", False),
    ],
)
def test_only_this_machine_is_loopback(host, local):
    assert is_loopback(host) is local


def test_a_target_elsewhere_is_refused_before_anything_starts(capsys, monkeypatch, tmp_path):
    text = (scenario.SCENARIOS / "targets" / "reference.yaml").read_text(encoding="utf-8")
    target = tmp_path / "theirs.yaml"
    target.write_text(text.replace("127.0.0.1:{{port}}", "127.shop.example:80"), encoding="utf-8")
    arguments = ("run", "holiday_peak", "--target", target, "--out", tmp_path / "runs")
    code, _, errors = said(capsys, monkeypatch, *arguments)
    assert code == 2
    assert "'127.shop.example' is not on loopback" in errors
    assert not (tmp_path / "runs").exists()
