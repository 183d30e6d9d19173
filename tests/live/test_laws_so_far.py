"""Laws counted while a run goes on: what is counted stands at the end, and nothing else is."""

import pytest

from harness.invariants import judge
from harness.live import laws
from tests.invariants.histories import LOST, RECORDERS, TWICE, a_run, at, make_plan


def count(run_dir):
    scratch = run_dir / "scratch"
    scratch.mkdir(exist_ok=True)
    found = laws.count(run_dir, make_plan(), scratch)
    assert list(scratch.iterdir()) == []
    return found


def cut_at(run, second, folder):
    """Write only what a run's journals would hold by a second of it."""
    until = at(second, "nemesis", "x").time_ns
    run.events = [row for row in run.events if row.time_ns <= until]
    folder.mkdir()
    run.write(folder)
    for path in (folder / "journals").iterdir():
        path.write_bytes(path.read_bytes()[:-40])
    return folder


@pytest.mark.parametrize("second", [0.5, 1.05, 1.5, 2.5, 9, 40])
def test_an_honest_run_cut_off_anywhere_breaks_nothing(tmp_path, second):
    slow = {"change": {"delivered": {"time_ns": at(8, "operator", "x").time_ns}}}
    found = count(cut_at(a_run({}, slow, {"begin": 1.0}), second, tmp_path / "run"))
    assert found.error == ""
    assert {law.broken for law in found.laws} == {0, None}


def test_a_breach_that_nothing_can_mend_is_counted_at_once(tmp_path):
    found = count(cut_at(a_run({}, TWICE, LOST), 9, tmp_path / "run"))
    broken = {law.law: law.broken for law in found.laws}
    assert broken["no_duplicate_delivery"] == 1
    assert broken["no_lost_delivery"] is None


def test_what_is_counted_early_stands_at_the_end(tmp_path):
    early = count(cut_at(a_run({}, TWICE, LOST), 9, tmp_path / "early"))
    late = a_run({}, TWICE, LOST).write(tmp_path)
    told = {law["law"]: law for law in judge(late)["laws"]}
    for law in early.laws:
        assert (law.broken or 0) <= told[law.law]["broken"]
    assert told["no_lost_delivery"]["broken"] == 1


def test_journals_that_are_too_long_are_left_to_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(laws, "MOST_BYTES", 10)
    found = count(a_run().write(tmp_path))
    assert (found.too_long, found.laws) == (True, [])


def test_what_goes_wrong_is_said_and_not_raised(tmp_path):
    run_dir = a_run().write(tmp_path)
    for name in RECORDERS:
        (run_dir / "journals" / f"{name}.ndjson").unlink()
    (run_dir / "journals").rmdir()
    assert "journals" in count(run_dir).error
