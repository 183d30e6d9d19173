"""The live page's server: who may ask, what is answered, and how it ends."""

import json
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import msgspec
import pytest

from harness.live.launch import Config
from tests.invariants.histories import TWICE, a_run, make_plan, note
from tests.live.page import live_page

NASTY = 'a"b\\c'
PLAN = make_plan(strikes=(note("three"), note(NASTY)), slo=("place_p95 < 1s",))


class Mock(BaseHTTPRequestHandler):
    """A mock's control port that tells its metrics to those who know the token."""

    def do_GET(self):
        self.send_response(200 if self.headers["Authorization"] == "Bearer secret" else 401)
        self.end_headers()
        self.wfile.write(b"recharge_chaos_paid_total 7\n" if self.path == "/metrics" else b"")

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def mock():
    with HTTPServer(("127.0.0.1", 0), Mock) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {"control": f"http://127.0.0.1:{server.server_port}", "token": "secret"}
        server.shutdown()


@pytest.fixture(scope="module")
def page(tmp_path_factory, mock):
    run_dir = tmp_path_factory.mktemp("served")
    a_run({"strikes": ["three"]}, TWICE, plan=PLAN).write(run_dir)
    nobody = {"control": "http://127.0.0.1:9", "token": "x"}
    with live_page(run_dir, mocks={"gateways": mock, "operators": nobody}) as found:
        yield found


def events(page, enough):
    """Read events until one will do, or the server ends the stream."""
    with httpx.stream("GET", f"{page.url}events", trust_env=False, timeout=30) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                state = json.loads(line.removeprefix("data: "))
                if enough(state):
                    return state
    return None


def test_the_state_tells_orders_strikes_and_phase(page):
    state = page.get("state").json()
    assert state["phase"] == "check"
    assert state["orders"]["paid"] == 2
    assert state["strikes"] == {"three": 1}
    assert state["over"] is False


def test_laws_are_counted_as_the_run_goes_on(page):
    state = events(page, lambda state: state["laws"]["laws"])
    broken = {law["law"]: law["broken"] for law in state["laws"]["laws"]}
    assert broken["no_duplicate_delivery"] == 1
    assert broken["settles_in_time"] is None


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "evil.example:{port}", "127.0.0.1:1", ""]
)
@pytest.mark.parametrize("path", ["", "state", "events", "metrics", "metrics/gateways"])
def test_another_host_is_refused(page, host, path):
    answer = page.get(path, Host=host.format(port=httpx.URL(page.url).port))
    assert answer.status_code == 421
    assert "orders" not in answer.text


def test_localhost_is_welcome_and_no_other_origin_may_read(page):
    answer = page.get("state", Host=f"localhost:{httpx.URL(page.url).port}")
    assert answer.status_code == 200
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "script-src 'sha256-" in page.get().headers["Content-Security-Policy"]


def test_it_listens_on_loopback_alone(page):
    listening = {
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        if line.split()[3] == "0A"
    }
    port = f"{httpx.URL(page.url).port:04X}"
    assert {address for address in listening if address.endswith(port)} == {f"0100007F:{port}"}


def test_nothing_else_is_there_and_nothing_can_be_changed(page):
    assert page.get("verdict.json").status_code == 404
    assert page.get("metrics/other").status_code == 404
    assert httpx.post(page.url, trust_env=False).status_code == 501


def test_metrics_are_prometheus_text(page):
    answer = page.get("metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert 'recharge_chaos_run_phase{phase="check"} 1' in lines
    assert 'recharge_chaos_run_orders{stage="delivered"} 2' in lines
    assert 'recharge_chaos_run_struck_orders{strike="three"} 1' in lines
    assert 'recharge_chaos_run_struck_orders{strike="a\\"b\\\\c"} 0' in lines
    assert 'recharge_chaos_run_driver_lateness_seconds{quantile="0.99"}' in answer.text
    names = [line.split("{")[0].split()[0] for line in lines if not line.startswith("#")]
    typed = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert set(names) == typed


def test_the_mocks_own_metrics_are_handed_on(page):
    assert page.get("metrics/gateways").text == "recharge_chaos_paid_total 7\n"
    assert page.get("metrics/operators").status_code == 502


def let_in(page):
    """Ask once; where there is no room yet, wait a little."""
    try:
        return page.get("state").status_code == 200
    except httpx.TransportError:
        threading.Event().wait(0.05)
        return False


def test_too_many_readers_are_turned_away_and_then_there_is_room_again(page):
    port = httpx.URL(page.url).port
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    with pytest.raises(httpx.TransportError):
        page.get("state")
    for one in idle:
        one.close()
    assert any(let_in(page) for _ in range(200))


def test_when_the_run_ends_everybody_is_told(tmp_path):
    run_dir = a_run(plan=PLAN).write(tmp_path)
    with live_page(run_dir) as page:
        told, reading = [], threading.Event()

        def over(state):
            reading.set()
            return state["over"]

        reader = threading.Thread(target=lambda: told.append(events(page, over)))
        reader.start()
        assert reading.wait(timeout=20)
        assert page.end() == 0
        reader.join(timeout=20)
    assert told[0]["over"] is True


def test_a_port_that_is_taken_is_said(tmp_path):
    run_dir = a_run(plan=PLAN).write(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = tmp_path / "live.json"
        config.write_bytes(
            msgspec.json.encode(Config(run_dir=str(run_dir), scratch=str(tmp_path), port=port))
        )
        command = [sys.executable, "-m", "harness.live", "--config", str(config)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr == f"port {port}: Address already in use\n"
