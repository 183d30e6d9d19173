"""Whole runs: a green one, a red one, and every way in which a run can go wrong."""

import os
import shutil
import signal
import socket
import xml.etree.ElementTree as ET

import duckdb
import httpx
import pytest
from harness_run import (
    HERE,
    SMALL,
    in_load,
    only_run,
    processes_of,
    recharge_chaos,
    started,
    verdict,
    wait_for,
)

pytestmark = pytest.mark.smoke
FILES = [
    *("scenario.yaml", "plan.json", "environment.json", "verdict.json", "report.html", "junit.xml"),
    *("target.log", "parquet/events.parquet"),
    *("journals/supervisor.ndjson", "journals/traffic-0.ndjson"),
]


@pytest.fixture(scope="module")
def green(tmp_path_factory):
    out = tmp_path_factory.mktemp("green")
    return recharge_chaos("run", SMALL, "--out", out), only_run(out)


def test_the_honest_platform_passes(green):
    done, folder = green
    told = verdict(folder)
    assert told["verdict"] == "PASS", told["reasons"]
    assert done.returncode == 0
    assert all((folder / name).exists() for name in FILES)
    assert (folder.parent / "latest").resolve() == folder.resolve()
    assert all(law["verdict"] == "PASS" and law["cases"] > 0 for law in told["laws"])
    assert all(strike["struck"] > 0 for strike in told["strikes"])
    assert told["load"]["intents"] == 80


def test_no_secret_is_left_in_the_run_directory(green):
    _, folder = green
    for path in folder.rglob("*"):
        if path.is_file():
            assert b"PRIVATE KEY" not in path.read_bytes(), path


def test_check_judges_again_and_report_renders_again(green):
    _, folder = green
    before = verdict(folder)
    (folder / "verdict.json").unlink()
    (folder / "report.html").unlink()
    shutil.rmtree(folder / "parquet")
    assert recharge_chaos("check", folder).returncode == 0
    assert verdict(folder)["laws"] == before["laws"]
    assert recharge_chaos("report", folder).returncode == 0
    assert (folder / "report.html").exists()
    assert ET.parse(folder / "junit.xml").getroot() is not None


def test_a_defect_fails_and_its_orders_are_named(tmp_path):
    done = recharge_chaos(
        "run", SMALL, "--defect", "notify_not_idempotent", "--out", tmp_path, "--seed", "8"
    )
    told = verdict(only_run(tmp_path))
    broken = {law["law"]: law for law in told["laws"] if law["verdict"] == "FAIL"}
    assert done.returncode == 1
    assert "no_duplicate_delivery" in broken
    guilty = broken["no_duplicate_delivery"]["findings"][0]["order_no"]
    assert guilty
    assert guilty in done.stdout


def struck(folder):
    table = str(folder / "parquet" / "events.parquet")
    query = "SELECT DISTINCT intent, unnest(strikes) FROM read_parquet(?)"
    return set(duckdb.execute(query, [table]).fetchall())


def test_one_and_four_workers_strike_the_same_intents(green, tmp_path):
    _, folder = green
    recharge_chaos("run", SMALL, "--out", tmp_path, "--workers", "4")
    other = only_run(tmp_path)
    assert len(list((other / "journals").glob("traffic-*.ndjson"))) == 4
    assert struck(folder) == struck(other)
    assert all(intent is not None for intent, _ in struck(folder))


def test_a_strike_that_never_strikes_is_no_pass(tmp_path):
    text = SMALL.read_text(encoding="utf-8").replace("expect:", "expect:", 1)
    text = text.replace(
        "settle:",
        "  - {id: never, at: gateways.notify, of: refund, fault: {kind: drop}, share: 0%}\nsettle:",
    )
    (tmp_path / "vain.yaml").write_text(text, encoding="utf-8")
    done = recharge_chaos("run", tmp_path / "vain.yaml", "--out", tmp_path / "runs")
    told = verdict(only_run(tmp_path / "runs"))
    assert done.returncode == 3
    assert told["verdict"] == "INCONCLUSIVE"
    assert any("never" in reason for reason in told["reasons"])


def test_kill_9_leaves_nothing_and_check_says_why(tmp_path):
    run = started("run", SMALL, "--out", tmp_path)
    wait_for(lambda: in_load(tmp_path), 60, "money moves")
    assert len(processes_of(tmp_path)) >= 4
    run.kill()
    run.communicate()
    wait_for(lambda: not processes_of(tmp_path), 5, "no process of ours is left")
    done = recharge_chaos("check", only_run(tmp_path))
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert any("supervisor" in reason for reason in verdict(only_run(tmp_path))["reasons"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_to_be_told_to_end_ends_everything_and_is_said(tmp_path, number):
    run = started("run", SMALL, "--out", tmp_path)
    wait_for(lambda: in_load(tmp_path), 60, "money moves")
    run.send_signal(number)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 3
    assert "Traceback" not in errors
    assert not processes_of(tmp_path)
    assert any("interrupted" in reason for reason in verdict(only_run(tmp_path))["reasons"])


def test_a_matrix_that_is_told_to_end_takes_its_runs_with_it(tmp_path):
    words = ("--defects", "polls_never,retry_storm", "--honest", "0", "--jobs", "2")
    run = started("matrix", *words, "--out", tmp_path)
    wait_for(lambda: len(processes_of(tmp_path)) >= 4, 60, "two runs have begun")
    run.send_signal(signal.SIGTERM)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 3
    assert "interrupted when 0 of 3 runs had ended" in errors
    wait_for(lambda: not processes_of(tmp_path), 5, "no process of ours is left")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("gateways", "gateways.json"),
        ("traffic-0", "locustfile.py"),
        ("target", "harness.targets.reference"),
    ],
)
def test_whoever_dies_unasked_is_named(tmp_path, name, pattern):
    run = started("run", SMALL, "--out", tmp_path)
    wait_for(lambda: in_load(tmp_path), 60, "money moves")
    (victim,) = [pid for pid, command in processes_of(tmp_path).items() if pattern in command]
    os.kill(victim, signal.SIGKILL)
    _, errors = run.communicate(timeout=90)
    told = verdict(only_run(tmp_path))
    assert run.returncode in {1, 3}
    assert told["verdict"] != "PASS"
    assert any(name in reason for reason in told["reasons"])
    assert "Traceback" not in errors
    assert not processes_of(tmp_path)


def test_an_unwritable_folder_is_said_before_anything_starts(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    done = recharge_chaos("run", SMALL, "--out", tmp_path / "file" / "runs")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def target_with(tmp_path, *changes):
    source = SMALL.parents[2] / "scenarios" / "targets" / "reference.yaml"
    text = source.read_text(encoding="utf-8").replace(
        "../../harness", str(source.parents[2] / "harness")
    )
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "target.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_port_in_use_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        target = target_with(
            tmp_path, ("base_url: http://127.0.0.1:{{port}}", f"base_url: http://127.0.0.1:{port}")
        )
        done = recharge_chaos("run", SMALL, "--target", target, "--out", tmp_path / "runs")
    assert done.returncode == 2
    assert f"127.0.0.1:{port} is in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_target_that_never_becomes_healthy_is_inconclusive(tmp_path):
    target = target_with(
        tmp_path, ("/healthz", "/nothing-here"), ("healthy_within: 20s", "healthy_within: 3s")
    )
    done = recharge_chaos("run", SMALL, "--target", target, "--out", tmp_path / "runs")
    told = verdict(only_run(tmp_path / "runs"))
    assert done.returncode == 3
    assert any("healthy" in reason for reason in told["reasons"])
    assert "Traceback" not in done.stderr


def test_a_bad_scenario_starts_nothing(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        SMALL.read_text(encoding="utf-8").replace("kind: drop", "kind: dorp"), encoding="utf-8"
    )
    done = recharge_chaos("run", path, "--out", tmp_path / "runs")
    assert done.returncode == 2
    assert (
        "bad.yaml:10:58 strikes[0].fault.kind: invalid value 'dorp', did you mean 'drop'?"
        in done.stderr
    )
    assert not (tmp_path / "runs").exists()


def test_the_honest_platform_survives_death_standstill_and_broken_lines(tmp_path):
    done = recharge_chaos("run", HERE / "rough.yaml", "--out", tmp_path)
    folder = only_run(tmp_path)
    told = verdict(folder)
    assert told["verdict"] == "PASS", (told["reasons"], done.stderr)
    assert {strike["id"]: strike["struck"] > 0 for strike in told["strikes"]} == {
        "dies": True,
        "stands-still": True,
        "customers-slow": True,
        "operators-reset": True,
    }
    assert (folder / "journals" / "network.ndjson").exists()
    assert processes_of(tmp_path) == {}


def test_a_crossed_threshold_ends_the_load_and_the_rest_is_judged(tmp_path):
    text = SMALL.read_text(encoding="utf-8").replace("for: 4s", "for: 10m")
    limits = 'expect: {slo: [{threshold: "place_p50 < 1ms", abort_on_fail: true, delay_abort_eval: 2s}], '
    (tmp_path / "long.yaml").write_text(text.replace("expect: {", limits), encoding="utf-8")
    done = recharge_chaos("run", tmp_path / "long.yaml", "--out", tmp_path / "runs")
    told = verdict(only_run(tmp_path / "runs"))
    assert done.returncode == 1
    assert told["aborted"]["slo"] == "place_p50 < 1ms"
    assert 2 <= told["aborted"]["at_s"] < 60
    assert told["load"]["intents"] < told["aborted"]["planned"] == 12_000
    assert {law["verdict"] for law in told["laws"]} == {"PASS"}, told["reasons"]
    assert "ended early" in done.stdout
    counts = told["counts"]
    assert counts["delivered"] + counts["refunded"] >= counts["paid"] > 0


def live_url(run):
    """Read a run's progress until it says where its live page is."""
    for line in run.stderr:
        if "live page: " in line:
            return line.split("live page: ")[1].strip()
    raise AssertionError("no live page was opened")


def test_a_live_page_shows_the_run_and_dies_with_it(tmp_path):
    run = started("run", SMALL, "--out", tmp_path, "--live")
    url = live_url(run)

    def load():
        state = httpx.get(f"{url}state", trust_env=False).json()
        return state if state["phase"] == "load" and state["orders"]["paid"] else None

    state = wait_for(load, 60, "money moves")
    assert 0 < state["orders"]["paid"] <= state["orders"]["placed"] <= 80
    assert "recharge_chaos_paid_total" in httpx.get(f"{url}metrics/gateways", trust_env=False).text
    assert run.communicate(timeout=120)[0]
    told = verdict(only_run(tmp_path))
    assert (run.returncode, told["verdict"]) == (0, "PASS"), told["reasons"]
    with pytest.raises(httpx.TransportError):
        httpx.get(url, trust_env=False)
    assert not processes_of(tmp_path)


def test_a_live_page_that_dies_is_said_and_changes_no_verdict(tmp_path):
    run = started("run", SMALL, "--out", tmp_path, "--live")
    live_url(run)
    (page,) = [pid for pid, command in processes_of(tmp_path).items() if "harness.live" in command]
    os.kill(page, signal.SIGKILL)
    _, errors = run.communicate(timeout=120)
    assert "the live page has died" in errors
    assert (run.returncode, verdict(only_run(tmp_path))["verdict"]) == (0, "PASS")


def test_a_live_page_that_cannot_be_opened_is_said_and_changes_no_verdict(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = recharge_chaos("run", SMALL, "--out", tmp_path, "--live-port", port)
    assert "there is no live page" in done.stderr
    assert f"port {port}: Address already in use" in done.stderr
    assert (done.returncode, verdict(only_run(tmp_path))["verdict"]) == (0, "PASS")
