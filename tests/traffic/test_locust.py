"""Real Locust processes against the tiny platform: nobody is forgotten, nobody comes twice, no journal has a gap."""

import contextlib
import signal
import socket
from collections import Counter

import httpx
import pytest

from harness.core import journal
from tests.traffic.support import locust, platform, say_go, wait_for, wait_until, write_job

pytestmark = pytest.mark.smoke
TRAFFIC = {
    "arrivals": {"shape": "steady", "rate": "60/s", "for": "1s"},
    "personas": {"patient": 6, "impatient": 2, "card_buyer": 2},
}


def ledgers(folder):
    """Return the rows of every journal, having checked that each is whole."""
    rows = {}
    for path in sorted((folder / "journals").glob("*.ndjson")):
        rows[path.stem] = journal.read(path)
        assert [row.seq for row in rows[path.stem]] == list(range(len(rows[path.stem])))
        assert (rows[path.stem][0].kind, rows[path.stem][-1].kind) == ("open", "close")
        assert {row.recorder for row in rows[path.stem]} == {path.stem}
    return rows


def intents(rows):
    return [row.intent for row in rows if row.kind == "intent"]


def test_two_workers_drive_every_intent_once_and_end_by_themselves(tmp_path):
    with platform() as place:
        job = write_job(tmp_path, place, TRAFFIC)
        workers = [locust(job, "--headless", "--only-summary", worker=n, workers=2) for n in (0, 1)]
        for number, process in enumerate(workers):
            wait_for(tmp_path / "private" / f"ready-{number}", process)
        say_go(tmp_path / "private" / "go")
        outputs = [process.communicate(timeout=30)[0] for process in workers]
        accounts = httpx.get(f"{place['url']}/accounts", trust_env=False).json()
    assert [process.returncode for process in workers] == [0, 0], outputs
    rows = ledgers(tmp_path)
    assert intents(rows["traffic-0"]) == list(range(0, 60, 2))
    assert intents(rows["traffic-1"]) == list(range(1, 60, 2))
    everything = rows["traffic-0"] + rows["traffic-1"]
    done = [row for row in everything if row.kind == "done"]
    assert Counter(row.outcome for row in done) == {"ok": 60}
    assert {row.account for row in everything if row.kind == "intent"} == set(accounts)
    assert set(accounts.values()) == {1}
    assert "customer place" in " ".join(outputs[0].split())


def test_a_master_deals_out_the_shares_and_starts_all_workers_together(tmp_path):
    port = str(_free_port())
    with platform() as place, contextlib.ExitStack() as stack:
        job = write_job(tmp_path, place, TRAFFIC, go_file="")
        at = (
            "--master-bind-host",
            "127.0.0.1",
            "--master-bind-port",
            port,
            "--expect-workers",
            "2",
        )
        master = locust(job, "--master", "--headless", "--only-summary", *at, "-u", "1")
        workers = [locust(job, "--worker", "--master-port", port) for _ in range(2)]
        for process in (master, *workers):
            stack.callback(process.kill)
        outputs = [process.communicate(timeout=30)[0] for process in (master, *workers)]
    assert [process.returncode for process in (master, *workers)] == [0, 0, 0], outputs
    rows = ledgers(tmp_path)
    assert sorted(rows) == ["traffic-0", "traffic-1"], outputs
    assert intents(rows["traffic-0"]) == list(range(0, 60, 2))
    assert intents(rows["traffic-1"]) == list(range(1, 60, 2))
    assert "customer place" in " ".join(outputs[0].split())


def test_a_worker_that_is_ended_early_closes_its_journal(tmp_path):
    with platform() as place:
        traffic = {**TRAFFIC, "arrivals": {"shape": "steady", "rate": "60/s", "for": "10m"}}
        job = write_job(tmp_path, place, traffic, go_file="")
        path = tmp_path / "journals" / "traffic-0.ndjson"
        process = locust(job, "--headless", "--only-summary")
        wait_until(lambda: path.exists() and b'"kind":"intent"' in path.read_bytes(), process)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 4
    begun = intents(ledgers(tmp_path)["traffic-0"])
    assert begun == list(range(len(begun)))


def test_the_web_ui_shows_the_run_and_outlives_it(tmp_path):
    with platform() as place:
        job = write_job(tmp_path, place, TRAFFIC, go_file="")
        port = _free_port()
        web = ("--web-host", "127.0.0.1", "--web-port", str(port), "--host", place["url"])
        process = locust(job, "--autostart", *web)
        path = tmp_path / "journals" / "traffic-0.ndjson"
        try:
            wait_until(lambda: path.exists() and b'"kind":"close"' in path.read_bytes(), process)
            wait_until(lambda: _ui(port)["state"] == "stopped", process)
            shown = {row["name"]: row for row in _ui(port)["stats"]}
        finally:
            process.terminate()
            process.communicate(timeout=20)
    rows = ledgers(tmp_path)["traffic-0"]
    assert intents(rows) == list(range(60))
    for name in ("place", "pay", "status"):
        assert shown[name]["num_requests"] == len([row for row in rows if row.kind == name])


def _ui(port):
    return httpx.get(f"http://127.0.0.1:{port}/stats/requests", trust_env=False).json()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_nobody_new_arrives_once_the_supervisor_says_stop(tmp_path):
    with platform() as place:
        traffic = {**TRAFFIC, "arrivals": {"shape": "steady", "rate": "60/s", "for": "10m"}}
        job = write_job(tmp_path, place, traffic, go_file="")
        path = tmp_path / "journals" / "traffic-0.ndjson"
        process = locust(job, "--headless", "--only-summary")
        wait_until(lambda: path.exists() and b'"kind":"intent"' in path.read_bytes(), process)
        (tmp_path / "private" / "stop").write_text("stop", encoding="utf-8")
        process.communicate(timeout=30)
    assert process.returncode == 0
    rows = ledgers(tmp_path)["traffic-0"]
    begun = intents(rows)
    assert begun == list(range(len(begun)))
    # Those who were there went home by themselves: nobody was cut off.
    assert sorted(row.intent for row in rows if row.kind == "done") == begun
