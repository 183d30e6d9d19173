"""What a run may reach: this machine, and beyond it only what was allowed twice and is where it was said to be."""

import asyncio
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from harness import cli, safety, scenario
from harness.core.errors import UsageError
from harness.safety import Permit, Wish, admitted, check_pace, pinned
from harness.targets import target as targets
from harness.targets.audit import Auditor, Known
from harness.targets.found import adapter_of
from harness.traffic.transport import GeventTransport
from mock_upstreams.config import Config
from mock_upstreams.server import Street

REFERENCE = scenario.SCENARIOS / "targets" / "reference.yaml"
HERE = Path("t.yaml")
THERE = "http://shop.test:8080"
NAMED = Wish(hosts=("shop.test",))


def target(**more):
    return msgspec.structs.replace(targets.load(REFERENCE)[0], **more)


def ours(**more):
    return target(base_url=THERE, allow_hosts={"shop.test": "10.1.2.3"}, **more)


def at(*addresses):
    return lambda _host: list(addresses)


def test_this_machine_needs_no_leave():
    assert admitted(target(), HERE, Wish(), resolve=at()) == Permit()


def test_a_host_elsewhere_that_was_allowed_twice_is_pinned():
    permit = admitted(ours(), HERE, NAMED, resolve=at("10.1.2.3"))
    assert permit.pins == {"shop.test": "10.1.2.3"}


@pytest.mark.parametrize(
    ("target", "wish", "found", "says"),
    [
        (target(base_url=THERE), Wish(), ["10.1.2.3"], "list it with its address"),
        (target(base_url=THERE), NAMED, ["10.1.2.3"], "does not list it"),
        (ours(), Wish(), ["10.1.2.3"], "say --allow-host shop.test"),
        (ours(), NAMED, ["10.9.9.9"], "resolves to 10.9.9.9, but allow_hosts says 10.1.2.3"),
        (ours(), NAMED, ["10.1.2.3", "10.9.9.9"], "resolves to 10.1.2.3, 10.9.9.9"),
        (ours(), NAMED, [], "resolves to nothing"),
        (target(), Wish(bind="10.1.1.1"), [], "needs public_url"),
        (target(), Wish(bind="everywhere"), [], "an address of this machine"),
    ],
)
def test_what_was_not_allowed_or_is_elsewhere_is_refused(target, wish, found, says):
    with pytest.raises(UsageError, match=says):
        admitted(target, HERE, wish, resolve=at(*found))


def test_a_name_that_does_not_resolve_is_a_usage_error():
    def nowhere(_host):
        raise OSError("no such name")

    with pytest.raises(UsageError, match="cannot be resolved"):
        admitted(ours(), HERE, NAMED, resolve=nowhere)


def test_a_host_that_was_allowed_for_notifications_alone_is_pinned_too():
    where = target(allow_hosts={"notify.test": "10.1.2.3"})
    wish = Wish(hosts=("notify.test",))
    assert admitted(where, HERE, wish, resolve=at("10.1.2.3")).pins == {"notify.test": "10.1.2.3"}
    with pytest.raises(UsageError, match=r"allow_hosts 'notify\.test' resolves to 10\.9\.9\.9"):
        admitted(where, HERE, wish, resolve=at("10.9.9.9"))


def test_further_hosts_are_held_to_the_same():
    with pytest.raises(UsageError, match=r"t\.yaml: database 'db.test' is not on loopback"):
        admitted(target(), HERE, Wish(), more={"database": "postgresql://u@db.test/x"})


def test_the_mocks_listen_elsewhere_only_with_a_public_url():
    permit = admitted(target(public_url="http://10.1.1.1"), HERE, Wish(bind="10.1.1.1"))
    assert (permit.bind, permit.public_url) == ("10.1.1.1", "http://10.1.1.1")
    config = Config(token="t" * 8, upstreams={}, bind="10.1.1.1")
    with pytest.raises(UsageError, match="loopback"):
        config.check()
    msgspec.structs.replace(config, public_url="http://10.1.1.1").check()
    with pytest.raises(UsageError, match="loopback"):
        msgspec.structs.replace(config, host="10.1.1.1", public_url="http://10.1.1.1").check()


def test_the_mocks_tell_their_public_url_and_the_control_port_stays_here():
    bound = {"bind": "127.0.0.2", "public_url": "http://mocks.test"}
    config = Config(token="t" * 8, upstreams={"epay": {}}, **bound)
    config.check()

    async def card():
        street = Street(config)
        try:
            await street.open()
            return street.card()
        finally:
            await street.close()

    told = asyncio.run(card())
    assert told["upstreams"]["epay"]["url"].startswith("http://mocks.test:")
    assert told["control"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("peak", "span_s", "pins", "good"),
    [
        (2_000, 3_600, {}, True),
        (2_001, 10, {}, False),
        (10, 3_601, {}, False),
        (200, 600, {"a": "10.0.0.1"}, True),
        (201, 10, {"a": "10.0.0.1"}, False),
        (10, 601, {"a": "10.0.0.1"}, False),
    ],
)
def test_rate_and_duration_are_capped_unless_the_platform_is_ones_own(peak, span_s, pins, good):
    permit = Permit(pins=pins)
    check_pace(peak, span_s, permit, Wish(i_own_this=True))
    if good:
        check_pace(peak, span_s, permit, Wish())
    else:
        with pytest.raises(UsageError, match="--i-own-this"):
            check_pace(peak, span_s, permit, Wish())


def test_a_pinned_url_keeps_its_name():
    there, headers, more = pinned("https://shop.test:8443/a", {"shop.test": "10.1.2.3"})
    assert there == "https://10.1.2.3:8443/a"
    assert headers == {"Host": "shop.test:8443"}
    assert more == {"sni_hostname": "shop.test"}
    assert pinned("http://127.0.0.1:1", {}) == ("http://127.0.0.1:1", {}, {})


class Desk(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.headers["Host"])
        body = b'{"token": "t", "state": "DONE", "amount_fen": 1, "cards": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Desk) as made:
        made.asked = []
        thread = threading.Thread(target=made.serve_forever, args=(0.02,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_traffic_and_audit_go_to_the_pinned_address_under_the_hosts_name(server):
    name = f"shop.invalid:{server.server_address[1]}"
    pins = {"shop.invalid": "127.0.0.1"}
    transport = GeventTransport(pins=pins)
    assert transport.send(f"http://{name}", "GET", "/x", {}, b"").status == 200
    transport.close()
    rows = []
    adapter = adapter_of(targets.load(REFERENCE)[0], REFERENCE.parent)
    auditor = Auditor(
        adapter, f"http://{name}", lambda _: {"phone": "1", "password": "2"}, rows.append, pins
    )
    asyncio.run(auditor.read_all([Known(0, 0, "N1")]))
    assert rows[0].outcome == "ok"
    assert len(server.asked) >= 3
    assert set(server.asked) == {name}


def said(capsys, monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["recharge-chaos", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out = capsys.readouterr()
    return ended.value.code or 0, out.out, out.err


def test_a_dry_run_shows_requests_and_strikes_without_secrets_and_starts_nothing(
    capsys, monkeypatch, tmp_path
):
    monkeypatch.setattr("subprocess.Popen", None)
    monkeypatch.setattr("asyncio.create_subprocess_exec", None)
    code, out, _ = said(
        capsys, monkeypatch, "run", "holiday_peak", "--dry-run", "--out", tmp_path / "r"
    )
    assert code == 0
    assert "/api/orders" in out
    assert '"password":"***"' in out
    assert "notify-forged: forge at gateways.notify, 10%" in out
    assert not (tmp_path / "r").exists()
    _, chinese, _ = said(capsys, monkeypatch, "run", "holiday_peak", "--dry-run", "--lang", "zh")
    assert "将注入的故障" in chinese


def test_a_dry_run_asks_leave_like_a_run(capsys, monkeypatch, tmp_path):
    text = REFERENCE.read_text(encoding="utf-8")
    there = tmp_path / "there.yaml"
    there.write_text(text.replace("127.0.0.1:{{port}}", "shop.test"), encoding="utf-8")
    code, _, errors = said(
        capsys, monkeypatch, "run", "holiday_peak", "--dry-run", "--target", there
    )
    assert code == 2
    assert "is not on loopback" in errors


@pytest.mark.smoke
def test_no_secret_of_the_environment_is_left_in_a_run_directory(tmp_path):
    secrets = {"OURS_EPAY_KEY": "epay-secret-5f1c0d", "OURS_KASUSHOU_KEY": "kasu-secret-77aa21"}
    text = REFERENCE.read_text(encoding="utf-8")
    text = text.replace(
        "  epay: {channel: epay}", "  epay: {channel: epay, key: {env: OURS_EPAY_KEY}}"
    )
    text = text.replace("  kasushou: {}", "  kasushou: {apikey: {env: OURS_KASUSHOU_KEY}}")
    defects = REFERENCE.parents[2] / "harness/targets/reference/defects"
    text = text.replace("../../harness/targets/reference/defects", str(defects))
    (tmp_path / "ours.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "calm.yaml").write_text(
        "target: ours.yaml\ngateways: [epay]\n"
        "traffic:\n  arrivals: {shape: steady, rate: 8/s, for: 1s}\n"
        "settle: {quiet: 500ms, at_most: 15s}\n"
        "expect: {laws: [no_lost_delivery], driver_lateness_p99: 2s}\n",
        encoding="utf-8",
    )
    command = [
        sys.executable,
        "-m",
        "harness",
        "run",
        str(tmp_path / "calm.yaml"),
        "--out",
        str(tmp_path / "r"),
    ]
    environment = {**__import__("os").environ, **secrets}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=90, check=False)
    folder = tmp_path / "r" / "calm" / "latest"
    told = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert told["counts"]["delivered"] > 0, (told["reasons"], done.stderr)
    files = [path for path in folder.resolve().rglob("*") if path.is_file()]
    assert len(files) > 8
    left = [
        (path.name, name)
        for path in files
        for name, secret in secrets.items()
        if secret.encode() in path.read_bytes() + done.stdout + done.stderr
    ]
    assert left == []


def test_the_resolver_knows_this_machine():
    assert set(safety.resolved("localhost")) <= {"127.0.0.1", "::1"}
