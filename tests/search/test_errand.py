"""An errand: a run in a process of its own, and what is read from its folder. A stand-in plays the run."""

import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from harness import invariants
from harness.core.errors import InconclusiveError
from harness.search import errand
from harness.search.errand import BROKE, Errand
from tests.invariants.histories import LOST, a_run

ERRAND = Errand(scenario=Path("s.yaml"), out=Path("nowhere"), seed=3, defects=("d", "e"))


def fails(_arguments, _words):
    """Play a run that found something."""
    sys.exit(1)


def breaks(_arguments, words):
    Path(words).write_text("no space left", encoding="utf-8")
    sys.exit(4)


def waits(_arguments, _words):
    threading.Event().wait()


@pytest.fixture
def run_folder(tmp_path):
    """A judged run of four orders, the third of which was lost, where an errand looks for it."""
    folder = tmp_path / "s" / "20261122T000000Z-3"
    (folder / "parquet").mkdir(parents=True)
    run = a_run({}, {"begin": 0.5}, {"begin": 1.0, **LOST}, {"begin": 1.5})
    invariants.judge(run.write(folder))
    (tmp_path / "s" / "latest").symlink_to(folder.name)
    return tmp_path


def test_what_came_back_says_which_order_was_the_first_guilty_one(run_folder, monkeypatch):
    monkeypatch.setattr(errand, "_alone", fails)
    came = errand.run(msgspec.structs.replace(ERRAND, out=run_folder))
    assert came.verdict == "FAIL"
    breach = came.broken["no_lost_delivery"]
    assert (breach.findings, breach.orders, breach.load_s) == (1, 3, 1.0)


def test_a_run_without_a_verdict_broke_and_says_its_last_words(tmp_path, monkeypatch):
    monkeypatch.setattr(errand, "_alone", breaks)
    came = errand.run(msgspec.structs.replace(ERRAND, out=tmp_path))
    assert (came.verdict, came.reasons) == (BROKE, ("no space left",))


def test_a_run_that_never_ends_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(errand, "OVERDUE_S", 0.2)
    monkeypatch.setattr(errand, "_alone", waits)
    came = errand.run(msgspec.structs.replace(ERRAND, out=tmp_path))
    assert came.verdict == BROKE
    assert "not finished" in came.reasons[0]


def test_the_command_names_seed_defects_and_folder():
    words = " ".join(errand._arguments(ERRAND))
    assert words == "run s.yaml --out nowhere --seed 3 --defect d --defect e"


def test_the_command_line_itself_is_run_and_its_errors_are_kept(tmp_path):
    wrong = msgspec.structs.replace(ERRAND, scenario=tmp_path / "s.yaml", out=tmp_path)
    wrong.scenario.write_text("seed: none\n", encoding="utf-8")
    came = errand.run(wrong)
    assert came.verdict == BROKE
    assert "s.yaml:1:7 seed: expected" in came.reasons[0]
    assert "Traceback" not in came.reasons[0]


def test_all_errands_come_back_and_each_is_told_of(monkeypatch):
    wanted = [msgspec.structs.replace(ERRAND, seed=seed) for seed in range(5)]
    monkeypatch.setattr(
        errand, "run", lambda one: errand.Came(errand=one, verdict="PASS", wall_s=0.0)
    )
    told = []
    back = list(errand.run_all(wanted, 2, told.append))
    assert {one.errand.seed for one in back} == {one.errand.seed for one in told} == set(range(5))


def test_whoever_is_interrupted_begins_no_further_errand(monkeypatch):
    begun = []

    def slow(one):
        begun.append(one.seed)
        time.sleep(0.05)
        return errand.Came(errand=one, verdict="PASS", wall_s=0.0)

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(errand, "run", slow)
    many = [msgspec.structs.replace(ERRAND, seed=seed) for seed in range(50)]
    with pytest.raises(InconclusiveError, match="interrupted when 1 of 50 runs had ended"):
        list(errand.run_all(many, 2, interrupted))
    assert len(begun) < 10
