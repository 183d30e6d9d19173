"""Thresholds watched while orders come: what is crossed, what is only on its way, and what a grace spares."""

import pytest

from harness.live.watch import Watch
from tests.invariants.histories import PROMISE_S, Run, make_plan, ns

SLOW = {"change": {"place": {"took_us": 900_000}}}
UNPAID = {"without": ("captured", "notify", "submit", "delivered", "status", "done", "audit")}
UNDELIVERED = {"without": ("delivered", "status", "done", "audit")}
REFUSED = {
    "without": ("create", "unpaid", *UNPAID["without"]),
    "change": {"place": {"outcome": "fail"}},
}


def look(folder, threshold, *stories, at_s=5.0, grace_s=1.0):
    """Look once at a run of these orders at a second of its load."""
    plan = make_plan(slo=(threshold,), aborts={threshold: grace_s * 1000})
    run = Run(plan, phases=("prepare", "load"))
    for intent, story in enumerate(stories):
        run.order(intent, **story)
    folder.mkdir(exist_ok=True)
    run.write(folder)
    return Watch(plan, folder / "journals").look(ns(at_s), ns(0))


@pytest.mark.parametrize(
    ("threshold", "stories", "observed"),
    [
        ("place_p95 < 500ms", [{}, SLOW], 900),
        ("place_p50 < 500ms", [{}, {}, SLOW], None),
        ("placed_share >= 90%", [{}, REFUSED], 50),
        ("placed_share >= 50%", [{}, REFUSED], None),
        ("delivered_p95 < 2s", [{}], 3000),
        ("paid_share < 50%", [{}, UNPAID], 50),
    ],
)
def test_a_threshold_is_crossed_or_not(tmp_path, threshold, stories, observed):
    crossed = look(tmp_path, threshold, *stories)
    if observed is None:
        assert crossed is None
    else:
        assert crossed.slo == threshold
        # Half a percent too small at most, never too large: no threshold is crossed by rounding.
        assert observed * 0.995 <= crossed.observed <= observed


@pytest.mark.parametrize(
    ("threshold", "story"),
    [("paid_share >= 90%", UNPAID), ("delivered_share >= 90%", UNDELIVERED)],
)
def test_an_order_on_its_way_counts_as_good_until_its_promise_is_over(tmp_path, threshold, story):
    assert look(tmp_path / "early", threshold, story, at_s=PROMISE_S) is None
    crossed = look(tmp_path / "late", threshold, story, at_s=PROMISE_S + 2)
    assert (crossed.slo, crossed.observed) == (threshold, 0)


def test_nothing_is_looked_at_within_the_grace(tmp_path):
    assert look(tmp_path / "in", "place_p95 < 500ms", SLOW, at_s=9, grace_s=10) is None
    assert look(tmp_path / "past", "place_p95 < 500ms", SLOW, at_s=10, grace_s=10) is not None


def test_without_orders_nothing_is_crossed(tmp_path):
    assert look(tmp_path, "placed_share >= 90%") is None


def test_what_comes_later_is_read_and_a_half_written_line_waits(tmp_path):
    plan = make_plan(aborts={"place_p95 < 500ms": 0.0})
    Run(plan, phases=("prepare", "load")).order(0).write(tmp_path)
    watch = Watch(plan, tmp_path / "journals")
    assert watch.look(ns(1), ns(0)) is None
    later = tmp_path / "later"
    later.mkdir()
    Run(plan, phases=("prepare", "load")).order(1, **SLOW).write(later)
    lines = (later / "journals" / "traffic-0.ndjson").read_bytes()
    cut = lines.index(b'"place"')
    journal = tmp_path / "journals" / "traffic-0.ndjson"
    with journal.open("ab") as file:
        file.write(lines[:cut])
    assert watch.look(ns(1), ns(0)) is None
    with journal.open("ab") as file:
        file.write(lines[cut:])
    assert watch.look(ns(1), ns(0)) is not None
