"""The law of recovery: one case a run, all orders that were open when the last strike was healed."""

import pytest
from histories import HEAL_S, LOST, PROMISE_S, SETTLED_S, Run, at, ns

from harness.invariants import judge

LAW = "recovers_in_time"
LATE = {"change": {"delivered": {"time_ns": ns(HEAL_S + 5)}}}
TOO_LATE = {"change": {"delivered": {"time_ns": ns(HEAL_S + PROMISE_S + 1)}}}
AFTER_HEAL = {"begin": HEAL_S + 1}


@pytest.mark.parametrize(
    ("stories", "held", "open_at_heal"),
    [
        ([{}, {}], True, 0),
        ([{}, LATE], True, 1),
        ([{}, LATE, TOO_LATE], False, 2),
        ([{}, LOST], False, 1),
        ([AFTER_HEAL], "no case", None),
    ],
)
def test_what_was_open_at_heal_ends_in_the_promised_time(tmp_path, stories, held, open_at_heal):
    run = Run()
    for intent, story in enumerate(stories):
        run.order(intent, **story)
    law = found(judge(run.write(tmp_path)))
    assert {True: law["held"], False: law["broken"], "no case": law["cases"] == 0}[held]
    if held is False:
        assert law["findings"][0]["says"]["en"].startswith(f"{open_at_heal} orders were open")


def test_an_order_that_still_has_time_leaves_it_undecided(tmp_path):
    # The run ended before the promised time after heal was over.
    run = Run(phases=("prepare", "load")).order(0, **LOST)
    early = SETTLED_S - PROMISE_S - HEAL_S
    assert early > 0
    run.add(*(at(s, "nemesis", "phase", state=p) for s, p in ((10, "heal"), (11, "settle"))))
    run.add(
        at(10 + early, "nemesis", "phase", state="audit"), at(52, "nemesis", "phase", state="check")
    )
    assert found(judge(run.write(tmp_path)))["unknown"] == 1


def found(verdict):
    return next(law for law in verdict["laws"] if law["law"] == LAW)
