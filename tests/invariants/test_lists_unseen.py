"""A call that tells no order of the whole run is described wrongly, and says nothing of any."""

from histories import a_run, make_plan
from lists import listed

from harness.invariants import judge


def test_lists_without_any_order_of_the_run_are_unknown(tmp_path):
    plan = make_plan(laws=("listed_once",))
    found = judge(a_run(listed(0), listed(0), plan=plan).write(tmp_path))
    (law,) = found["laws"]
    assert (law["unknown"], law["broken"], found["verdict"]) == (2, 0, "INCONCLUSIVE")
    assert "no list tells any order of this run" in law["reason"]["en"]
