"""Workers and schedulers are struck by their role, every one of them; a target that has none is passed over."""

import pytest

from harness import scenario
from harness.core.errors import MisfitError, UsageError
from harness.handles import Handled
from harness.targets import target as targets
from tests.parts_target import QUEUE

WORKERS, SCHEDULERS = [1, 2], [3]


def staged(tmp_path, at, fault="{kind: kill}", target=QUEUE):
    path = tmp_path / "one.yaml"
    path.write_text(
        "traffic: {arrivals: {shape: steady, rate: 5/s, for: 2s}, personas: {patient: 1}}\n"
        f"strikes:\n  - {{id: a, at: {at}, fault: {fault}, window: 1s..2s}}\n",
        encoding="utf-8",
    )
    return scenario.stage(path, target=target)


@pytest.mark.parametrize(
    ("at", "struck"),
    [
        ("workers.process", WORKERS),
        ("schedulers.process", SCHEDULERS),
        ("target.process", [0]),
        ("target.process.3", [2]),
    ],
)
def test_a_role_means_every_process_that_has_it(tmp_path, at, struck):
    found = staged(tmp_path, at)
    assert [strike.instance for strike in found.hosts] == struck
    assert {strike.who for strike in found.hosts} == {"target"}
    assert found.notes[0].lacks == ""


@pytest.mark.parametrize("at", ["workers.process", "schedulers.process"])
def test_a_scenario_about_workers_does_not_fit_where_none_is_named(tmp_path, at):
    with pytest.raises(MisfitError, match=r"control\.instances"):
        staged(tmp_path, at, target=scenario.SCENARIOS / "targets/reference.yaml")


def test_what_a_worker_cannot_come_back_from_is_not_exercised(tmp_path):
    found = staged(tmp_path, "workers.process", "{kind: disconnect, by: 1s}")
    assert found.hosts == []
    assert found.notes[0].lacks == "control: disconnect"


@pytest.mark.parametrize(
    ("at", "fault"),
    [
        ("workers.process", "{kind: rolling_restart}"),
        ("workers.process", "{kind: run, action: deploy, by: 1s}"),
        ("worker.process", "{kind: kill}"),
        ("workers.process.2", "{kind: kill}"),
    ],
)
def test_what_makes_no_sense_of_a_role_is_refused(tmp_path, at, fault):
    with pytest.raises(UsageError, match=r"one\.yaml:3") as caught:
        staged(tmp_path, at, fault)
    assert not isinstance(caught.value, MisfitError)


def test_a_worker_is_not_healthy_by_what_the_web_answers():
    control = targets.load(QUEUE)[0].control
    assert [one.answers() for one in control.all_held()] == [True, False, False, False]
    assert Handled(start=["x"]).answers()
