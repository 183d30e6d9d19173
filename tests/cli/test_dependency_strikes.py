"""Strikes on the processes that the platform depends on: resolved by name and role, not exercised, or refused."""

import pytest

from harness import safety, scenario
from harness.core.errors import UsageError
from harness.targets import target as targets

SCENARIO = """
target: {target}
traffic:
  arrivals: {{shape: steady, rate: 5/s, for: 2s}}
  personas: {{patient: 1}}
strikes:
  - {{id: s, at: {at}, fault: {fault}, window: 1s..2s}}
"""
HELD = "control: {pid_file: {path: db.pid, program: postgres, start: [begin]}}"
PAUSED = "control: {pid_file: {path: cache.pid, program: redis}}"
DB = f'db: {{address: "127.0.0.1:5432", role: database, {HELD}}}'
CACHE = f'hot: {{address: "127.0.0.1:6379", role: cache, {PAUSED}}}'
BARE = 'mail: {address: "127.0.0.1:25"}'


def on_target(folder, dependencies):
    text = (scenario.SCENARIOS / "targets" / "reference.yaml").read_text(encoding="utf-8")
    text = text.replace("../../harness/", f"{scenario.SCENARIOS.parent}/harness/")
    path = folder / "platform.yaml"
    path.write_text(f"{text}\ndependencies: {{{', '.join(dependencies)}}}\n", encoding="utf-8")
    return path


def staged(folder, at, *dependencies, fault="{kind: pause}"):
    target = on_target(folder, dependencies)
    path = folder / "one.yaml"
    path.write_text(SCENARIO.format(at=at, fault=fault, target=target), encoding="utf-8")
    return scenario.stage(path)


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("db.process", ["dependencies.db"]),
        ("databases.process", ["dependencies.db"]),
        ("caches.process", ["dependencies.hot"]),
        ("dependencies.process", ["dependencies.db", "dependencies.hot"]),
        ("target.process", ["target"]),
    ],
)
def test_who_is_met(tmp_path, at, who):
    found = staged(tmp_path, at, DB, CACHE)
    assert [strike.who for strike in found.hosts] == who
    assert found.notes[0].lacks == ""


@pytest.mark.parametrize(
    ("at", "fault", "lacks"),
    [
        ("mail.process", "{kind: pause}", "dependencies.mail.control"),
        ("dependencies.process", "{kind: pause}", "dependencies.mail.control"),
        ("hot.process", "{kind: kill}", "dependencies.hot.control: kill"),
        ("databases.process", "{kind: kill}", "databases"),
    ],
)
def test_what_cannot_be_held_is_not_exercised(tmp_path, at, fault, lacks):
    found = staged(tmp_path, at, CACHE, BARE, fault=fault)
    assert found.hosts == []
    assert found.notes[0].lacks == lacks


@pytest.mark.parametrize(
    ("at", "fault", "said"),
    [
        ("dbs.process", "{kind: kill}", "did you mean 'db'"),
        ("db.process.2", "{kind: kill}", "target.process"),
        ("db.process", "{kind: run, action: deploy}", "target.process"),
        ("db.proces", "{kind: kill}", "databases.process"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, at, fault, said):
    with pytest.raises(UsageError, match=said) as caught:
        staged(tmp_path, at, DB, fault=fault)
    assert "one.yaml:7" in str(caught.value)


@pytest.mark.parametrize(
    ("control", "said"),
    [("{start: [postgres]}", "not start"), ("{healthy_at: 'tcp://127.0.0.1:1'}", "a handle")],
)
def test_a_control_that_holds_nothing_is_refused(tmp_path, control, said):
    one = f'db: {{address: "127.0.0.1:5432", control: {control}}}'
    with pytest.raises(UsageError, match=said):
        targets.load(on_target(tmp_path, [one]))


def test_where_it_is_seen_to_be_healthy_needs_leave_as_the_platform_does(tmp_path):
    control = "control: {pid_file: {path: p, program: x}, healthy_at: 'http://10.9.8.7/'}"
    one = f'db: {{address: "127.0.0.1:5432", {control}}}'
    target, _ = targets.load(on_target(tmp_path, [one]))
    with pytest.raises(UsageError, match="10\\.9\\.8\\.7"):
        safety.admitted(target, tmp_path, safety.Wish())
