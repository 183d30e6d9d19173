"""Whole runs over a Toxiproxy: struck and judged, nothing left in it however they end, refused where it must be."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import msgspec
import pytest

from harness import safety, scenario
from harness.core.errors import UsageError
from harness.doctor import dryrun
from harness.handles import HandleError, kind_of
from harness.handles.toxiproxy import Toxiproxy
from harness.nemesis.processes import Processes
from harness.safety import Permit, Wish
from harness.targets import target as targets
from harness.toxiproxied import Toxiproxied
from tests.smoke.harness_run import only_run, recharge_chaos, started, verdict, wait_for

HERE = Path(__file__).parent
SOMEBODY = {"name": "somebody-elses", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"}


def written(folder, url, more=""):
    """Write the scenario and a target file that names a Toxiproxy; return the scenario's path."""
    text = (scenario.SCENARIOS / "targets" / "reference.yaml").read_text(encoding="utf-8")
    text = text.replace("../../harness/", f"{scenario.SCENARIOS.parent}/harness/")
    target = folder / "platform.yaml"
    target.write_text(f"{text}\ntoxiproxy: {url}\n{more}", encoding="utf-8")
    path = folder / "lines.yaml"
    lines = (HERE / "lines.yaml").read_text(encoding="utf-8")
    path.write_text(lines.replace("TARGET", str(target)), encoding="utf-8")
    return path


def _resolves(_host):
    return ["10.9.8.7"]


def made(toxiproxy):
    return [name for name in toxiproxy.proxies() if name.startswith("recharge-chaos-")]


@pytest.mark.smoke
def test_the_honest_platform_passes_and_nothing_is_left(toxiproxy, tmp_path):
    httpx.post(f"{toxiproxy.url}/proxies", json=SOMEBODY).raise_for_status()
    done = recharge_chaos("run", written(tmp_path, toxiproxy.url), "--out", tmp_path / "runs")
    told = verdict(only_run(tmp_path / "runs"))
    assert told["verdict"] == "PASS", (told["reasons"], done.stderr)
    assert all(strike["struck"] > 0 for strike in told["strikes"]), told["strikes"]
    assert list(toxiproxy.proxies()) == ["somebody-elses"]
    kinds = {said["type"] for _, path, said in toxiproxy.calls() if path.endswith("/toxics")}
    assert kinds == {"latency", "bandwidth", "limit_data", "slicer", "reset_peer"}
    assert not any(path == "/reset" for _, path, _ in toxiproxy.calls())


@pytest.mark.smoke
def test_kill_9_of_the_supervisor_leaves_nothing(toxiproxy, tmp_path):
    run = started("run", written(tmp_path, toxiproxy.url), "--out", tmp_path / "runs")
    wait_for(lambda: made(toxiproxy), 60, "a proxy in the Toxiproxy")
    run.kill()
    run.communicate()
    wait_for(lambda: not made(toxiproxy), 30, "the guard removed it")
    assert toxiproxy.proxies() == {}


@pytest.mark.smoke
def test_a_toxiproxy_that_dies_in_mid_run_makes_it_inconclusive(toxiproxy, tmp_path):
    run = started("run", written(tmp_path, toxiproxy.url), "--out", tmp_path / "runs")
    wait_for(lambda: made(toxiproxy), 60, "a proxy in the Toxiproxy")
    toxiproxy.end()
    run.communicate(timeout=150)
    told = verdict(only_run(tmp_path / "runs"))
    assert run.returncode == 3
    assert told["verdict"] == "INCONCLUSIVE"
    assert any("network" in reason for reason in told["reasons"]), told["reasons"]
    log = only_run(tmp_path / "runs") / "logs" / "network.log"
    assert toxiproxy.url in log.read_text(encoding="utf-8")


def test_the_guard_removes_what_a_run_made_and_nothing_else(toxiproxy, tmp_path):
    httpx.post(f"{toxiproxy.url}/proxies", json=SOMEBODY).raise_for_status()
    handle = toxiproxy.handle()
    for name in ("1-db", "2 oddly named"):
        handle.make(name, "127.0.0.1:9")
    assert len(made(toxiproxy)) == 2
    errand = {"kind": kind_of(handle), "handle": handle, "step": "unrun", "memory": {}}
    command = [sys.executable, "-m", "harness.nemesis.guard", str(tmp_path / "private")]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    guard.communicate(b"!toxiproxy " + msgspec.json.encode(errand) + b"\n", timeout=60)
    assert list(toxiproxy.proxies()) == ["somebody-elses"]


def test_who_is_no_toxiproxy_is_told_so(toxiproxy):
    assert toxiproxy.handle().version() == "2.12.0"
    for path, said in (("/calls?", "answers as no Toxiproxy does"), ("/nowhere", "answers 404")):
        with pytest.raises(HandleError, match=said):
            Toxiproxy(url=toxiproxy.url + path, prefix="x").version()
    toxiproxy.end()
    with pytest.raises(HandleError, match="Toxiproxy http"):
        toxiproxy.handle().version()


def test_a_toxiproxy_that_is_not_there_is_refused_before_anything_starts(toxiproxy, tmp_path):
    path = written(tmp_path, toxiproxy.url)
    toxiproxy.end()
    done = recharge_chaos("run", path, "--out", tmp_path / "runs")
    assert done.returncode == 2
    assert "toxiproxy: Toxiproxy http://127.0.0.1" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8474", "http://127.0.0.1", "http://h:1/x", "https://h:1"]
)
def test_what_is_no_url_of_an_api_is_refused_with_its_line(tmp_path, url):
    with pytest.raises(UsageError, match=r"platform.yaml:\d+.*http://HOST:PORT"):
        scenario.stage(written(tmp_path, url))


def test_a_toxiproxy_elsewhere_needs_leave_and_a_way_back(tmp_path):
    path = written(tmp_path, "http://toxi.test:8474", "allow_hosts: {toxi.test: 10.9.8.7}\n")
    staged = scenario.stage(path)
    target, _ = targets.load(tmp_path / "platform.yaml")
    where = {"resolve": _resolves}
    with pytest.raises(UsageError, match=r"--allow-host toxi\.test"):
        safety.admitted(target, path, Wish(), **where)
    permit = safety.admitted(target, path, Wish(hosts=("toxi.test",)), **where)
    one = Toxiproxied(staged, Processes(tmp_path), "1", permit)
    assert one.toxiproxy.url == "http://10.9.8.7:8474"
    assert one.toxiproxy.headers == {"Host": "toxi.test:8474"}
    one.check_reach({"db": "10.9.8.6:5432"})
    with pytest.raises(UsageError, match="cannot reach customers"):
        one.check_reach({"customers": "127.0.0.1:8080"})


def test_a_dry_run_says_who_would_make_which_strike(tmp_path):
    staged = scenario.stage(written(tmp_path, "http://127.0.0.1:8474"))
    for lang, theirs, ours in (
        ("en", "by the Toxiproxy", "our own proxy"),
        ("zh", "由 Toxiproxy", "自带代理"),
    ):
        lines = dryrun.text(staged, Permit(), lang).splitlines()
        assert "  Toxiproxy: http://127.0.0.1:8474" in lines
        said = {line.split(":")[0].strip(): line for line in lines if ".link, " in line}
        assert ours in said["operators-gone"]
        assert all(theirs in line for name, line in said.items() if name != "operators-gone")


def test_a_run_without_strikes_on_links_asks_no_toxiproxy(tmp_path):
    path = written(tmp_path, "http://127.0.0.1:1")
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text[: text.index("strikes:")] + text[text.index("settle:") :], encoding="utf-8"
    )
    one = Toxiproxied(scenario.stage(path), Processes(tmp_path), "1", Permit())
    assert one.toxiproxy is None


def test_a_lane_is_made_where_the_api_is(toxiproxy):
    _, port = toxiproxy.handle().make("1-db", "127.0.0.1:9")
    (call,) = [
        said for method, path, said in toxiproxy.calls() if (method, path) == ("POST", "/proxies")
    ]
    assert call == json.loads(
        '{"name":"recharge-chaos-1-1-db","listen":"127.0.0.1:0","upstream":"127.0.0.1:9"}'
    )
    assert port > 0
