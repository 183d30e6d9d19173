"""Strikes on links and processes in scenario files: resolved, or refused with the place and the nearest word."""

import pytest

from harness import safety, scenario, wiring
from harness.core.errors import UsageError
from harness.targets import target as targets

HEAD = """
target: reference
traffic:
  arrivals: {shape: steady, rate: 5/s, for: 2s}
  personas: {patient: 1}
strikes:
"""


def staged(tmp_path, strike):
    path = tmp_path / "one.yaml"
    path.write_text(f"{HEAD}  - {strike}\n", encoding="utf-8")
    return scenario.stage(path)


def test_links_by_role_by_name_and_of_customers(tmp_path):
    text = "{id: s, at: %s, fault: {kind: latency, by: 5ms}, share: 50%%, window: 1s..2s}"
    seen = {
        at: staged(tmp_path, text % at).links[0]
        for at in ("gateways.link", "epay.link", "customers.link")
    }
    assert seen["gateways.link"].links == ("epay", "wechat_pay")
    assert seen["epay.link"].links == ("epay",)
    assert seen["customers.link"].links == ("customers",)
    assert (seen["epay.link"].share, seen["epay.link"].window_ms) == (0.5, (1_000.0, 2_000.0))


def test_processes_by_the_clock_or_by_an_orders_phase(tmp_path):
    (one,) = staged(
        tmp_path, "{id: s, at: target.process, fault: {kind: pause}, window: 1s..2s}"
    ).hosts
    assert (one.at_ms, one.until_ms, one.phase) == (1_000.0, 2_000.0, None)
    text = "{id: s, at: target.process, fault: {kind: kill}, phase: acked, orders: 5}"
    (two,) = staged(tmp_path, text).hosts
    assert (two.phase, two.orders) == ("acked", 5)
    note = staged(tmp_path, text).notes[0]
    assert (note.at, note.kind, note.window_ms) == ("target.process", "kill", None)


@pytest.mark.parametrize(
    ("strike", "said"),
    [
        ("{id: s, at: epay.reply, fault: {kind: latency, by: 5ms}}", "<upstream>.link"),
        ("{id: s, at: epya.link, fault: {kind: latency, by: 5ms}}", "did you mean 'epay'"),
        ("{id: s, at: epay.process, fault: {kind: kill}, window: 1s..2s}", "target.process"),
        ("{id: s, at: target.process, fault: {kind: kill}}", "a window such as"),
        ("{id: s, at: target.process, fault: {kind: pause}, phase: paid}", "how long"),
        ("{id: s, at: epay.link, fault: {kind: latancy, by: 5ms}}", "latency"),
        ("{id: s, at: epay.link, fault: {kind: latency, by: 0ms}}", "above 0"),
        ("{id: s, at: database.link, fault: {kind: latency, by: 5ms}}", "did you mean 'databases'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(tmp_path, strike, said):
    with pytest.raises(UsageError, match=r"one\.yaml:\d+:\d+") as refused:
        staged(tmp_path, strike)
    assert said in str(refused.value)


MEANINGLESS = {
    "{id: s, at: epay.link, fault: {kind: half_open}, %s}": {
        "of: pay",
        "attempts: 2",
        "phase: paid",
        "orders: 3",
    },
    "{id: s, at: target.process, fault: {kind: kill}, window: 1s..2s, %s}": {
        "of: pay",
        "attempts: 2",
        "share: 50%",
        "orders: 3",
    },
    "{id: s, at: epay.reply, fault: {kind: drop}, %s}": {"phase: paid", "orders: 3"},
}


@pytest.mark.parametrize(
    ("strike", "key"), [(text, key) for text, keys in MEANINGLESS.items() for key in sorted(keys)]
)
def test_a_key_that_would_mean_nothing_is_refused_with_its_place(tmp_path, strike, key):
    with pytest.raises(UsageError, match=r"one\.yaml:7:\d+ strikes\[0\]") as refused:
        staged(tmp_path, strike % key)
    name = key.partition(":")[0]
    assert f"{name} means nothing" in str(refused.value)


DEPENDENCIES = """
dependencies:
  db: {address: "127.0.0.1:5432", role: database}
  cache: {address: "127.0.0.1:6379", role: cache, listen: 16379}
"""


def target_with(tmp_path, more, told=True):
    text = (scenario.SCENARIOS / "targets" / "reference.yaml").read_text(encoding="utf-8")
    text = text.replace("../../harness/", f"{scenario.SCENARIOS.parent}/harness/")
    if told:
        text = text.replace("{{run}}/target.sqlite", "postgresql://{{dependencies.db.host}}/x")
    path = tmp_path / "with.yaml"
    path.write_text(text + more, encoding="utf-8")
    return path


def on(tmp_path, strike, target):
    path = tmp_path / "one.yaml"
    path.write_text(f"{HEAD}  - {strike}\n", encoding="utf-8")
    return scenario.stage(path, target=target)


def test_links_to_dependencies_by_name_and_by_role(tmp_path):
    target = target_with(tmp_path, DEPENDENCIES)
    text = "{id: s, at: %s, fault: {kind: latency, by: 5ms}}"
    met = {
        at: on(tmp_path, text % at, target).links[0].links
        for at in ("db.link", "cache.link", "dependencies.link", "databases.link", "caches.link")
    }
    assert met == {
        "db.link": ("db",),
        "cache.link": ("cache",),
        "dependencies.link": ("db", "cache"),
        "databases.link": ("db",),
        "caches.link": ("cache",),
    }


def test_only_struck_links_and_those_with_a_port_of_their_own_are_proxied(tmp_path):
    target = target_with(tmp_path, DEPENDENCIES)
    text = "{id: s, at: %s, fault: {kind: latency, by: 5ms}}"
    struck = on(tmp_path, text % "db.link", target)
    assert wiring.links_of(struck) == {"db": 0, "cache": 16379}
    assert wiring.dependencies(struck, {"db": 4711, "cache": 16379}) == {
        "db": {"host": "127.0.0.1", "port": 4711},
        "cache": {"host": "127.0.0.1", "port": 16379},
    }
    other = on(tmp_path, text % "epay.link", target)
    assert wiring.links_of(other) == {"epay": 0, "cache": 16379}
    assert wiring.dependencies(other, {"epay": 1, "cache": 16379})["db"]["port"] == 5432


def test_a_strike_on_what_the_target_does_not_have_is_noted_and_left_out(tmp_path):
    text = "{id: s, at: %s.link, fault: {kind: latency, by: 5ms}}"
    for role in ("dependencies", "databases", "caches"):
        found = staged(tmp_path, text % role)
        assert (found.links, found.notes[0].lacks) == ([], role)
    alone = target_with(tmp_path, DEPENDENCIES.rpartition("  cache")[0])
    assert on(tmp_path, text % "caches", alone).notes[0].lacks == "caches"
    assert on(tmp_path, text % "databases", alone).notes[0].lacks == ""


def test_a_link_that_the_target_cannot_be_told_of_is_refused(tmp_path):
    target = target_with(tmp_path, DEPENDENCIES, told=False)
    with pytest.raises(UsageError, match=r"one\.yaml:7:\d+ .*never told of our proxy"):
        on(tmp_path, "{id: s, at: db.link, fault: {kind: latency, by: 5ms}}", target)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('db: {address: "127.0.0.1"}', "host:port"),
        ('db: {address: "127.0.0.1:x"}', "host:port"),
        ('db: {address: "me@127.0.0.1:5432"}', "host:port"),
        ('db: {address: "127.0.0.1:5432", roll: cache}', "did you mean 'role'"),
        ('db: {address: "127.0.0.1:5432", listen: 70000}', "a port between"),
        ('epay: {address: "127.0.0.1:5432"}', "somebody else's name"),
        (
            'a: {address: "h:1", listen: 7}\n  b: {address: "h:2", listen: 7}',
            "port of dependencies.a",
        ),
    ],
)
def test_a_dependency_that_cannot_be_is_refused_with_its_place(tmp_path, entry, said):
    target = target_with(tmp_path, f"\ndependencies:\n  {entry}\n")
    with pytest.raises(UsageError, match=r"with\.yaml:\d+:\d+ dependencies") as refused:
        on(tmp_path, "{id: s, at: epay.link, fault: {kind: half_open}}", target)
    assert said in str(refused.value)


def test_a_dependency_elsewhere_needs_leave_as_the_platform_itself_does(tmp_path):
    more = '\ndependencies:\n  db: {address: "db.example:5432"}\n'
    target, _ = targets.load(target_with(tmp_path, more))
    with pytest.raises(UsageError, match=r"dependencies\.db 'db\.example' is not on loopback"):
        safety.admitted(target, tmp_path, safety.Wish(), resolve=lambda _: ["10.0.0.9"])
    more += "allow_hosts: {db.example: 10.0.0.9}\n"
    target, _ = targets.load(target_with(tmp_path, more))
    wish = safety.Wish(hosts=("db.example",))
    permit = safety.admitted(target, tmp_path, wish, resolve=lambda _: ["10.0.0.9"])
    assert wiring.place_of("tcp://db.example:5432", permit.pins) == "10.0.0.9:5432"
