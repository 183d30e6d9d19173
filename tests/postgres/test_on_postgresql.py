"""The honest platform on a real PostgreSQL: it dies and stands still, and so does its database, and every law holds."""

import json
import signal
import time
from pathlib import Path

import pytest

from harness.scenario import SCENARIOS
from tests.smoke.harness_run import (
    HERE,
    in_load,
    only_run,
    recharge_chaos,
    started,
    verdict,
    wait_for,
)

pytestmark = pytest.mark.smoke
PAUSE_S = 0.8


def target_on(server, folder):
    """Write the reference target with its database elsewhere."""
    text = (SCENARIOS / "targets" / "reference.yaml").read_text(encoding="utf-8")
    assert "{{run}}/target.sqlite" in text
    text = text.replace("{{run}}/target.sqlite", server.dsn)
    text = text.replace("../../harness/", f"{SCENARIOS.parent}/harness/")
    path = folder / "on_postgresql.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def with_dependency(server, folder):
    """Write the same, with the database as something that a strike can stand in front of."""
    path = target_on(server, folder)
    text = path.read_text(encoding="utf-8")
    text = text.replace(f":{server.port}/", ":{{dependencies.db.port}}/")
    more = f'dependencies: {{db: {{address: "127.0.0.1:{server.port}", role: database}}}}\n'
    path.write_text(text + more, encoding="utf-8")
    return path


def test_it_survives_a_slow_cut_and_silent_line_to_its_database(server, tmp_path):
    target, out = with_dependency(server, tmp_path), tmp_path / "out"
    done = recharge_chaos(
        "run", Path(__file__).parent / "stalls.yaml", "--target", target, "--out", out
    )
    told = verdict(only_run(out))
    assert told["verdict"] == "PASS", (told["reasons"], done.stderr)
    assert all(strike["struck"] for strike in told["strikes"])


def with_control(server, folder):
    """Write the same, with the database's process in our hands."""
    path = with_dependency(server, folder)
    text = path.read_text(encoding="utf-8")
    control = json.dumps({"pid_file": server.handle()})
    path.write_text(
        text.replace("role: database}", f"role: database, control: {control}}}"), "utf-8"
    )
    return path


def test_it_survives_the_death_of_its_database(server, tmp_path):
    target, out = with_control(server, tmp_path), tmp_path / "out"
    done = recharge_chaos(
        "run", Path(__file__).parent / "dies.yaml", "--target", target, "--out", out
    )
    told = verdict(only_run(out))
    assert told["verdict"] == "PASS", (told["reasons"], done.stderr)
    assert all(strike["struck"] for strike in told["strikes"])
    assert server.runs(), "it is left as it was found"


def test_it_survives_its_own_death_on_postgresql(server, tmp_path):
    target = target_on(server, tmp_path)
    done = recharge_chaos("run", HERE / "rough.yaml", "--target", target, "--out", tmp_path / "out")
    told = verdict(only_run(tmp_path / "out"))
    assert told["verdict"] == "PASS", (told["reasons"], done.stderr)
    assert all(strike["struck"] for strike in told["strikes"])


def test_it_survives_a_database_that_stands_still(server, tmp_path):
    target, out = target_on(server, tmp_path), tmp_path / "out"
    run = started("run", HERE / "small.yaml", "--target", target, "--out", out)
    try:
        wait_for(lambda: in_load(out), 60, "money is taken")
        server.signal(signal.SIGSTOP)
        time.sleep(PAUSE_S)  # what is tested is a database that stands still so long
        server.signal(signal.SIGCONT)
        _, errors = run.communicate(timeout=150)
    finally:
        run.kill()
    told = verdict(only_run(out))
    assert told["verdict"] == "PASS", (told["reasons"], errors)
