"""What may not change a verdict: the order in which rows came, orders left out, rows lost."""

from histories import LOST, RECORDERS, TWICE, a_run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.invariants import judge

STORIES = [{}, LOST, TWICE, {"without": ("captured",)}, {**LOST, "begin": 30.0}]
quick = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def counts_of(found):
    return found["verdict"], [
        (law["law"], law["held"], law["broken"], law["unknown"]) for law in found["laws"]
    ]


@quick
@given(data=st.data())
def test_interleaving_independent_orders_changes_nothing(tmp_path_factory, data):
    chosen = data.draw(st.lists(st.sampled_from(STORIES), min_size=1, max_size=5))
    folder = tmp_path_factory.mktemp("run")
    run = a_run(*chosen)
    expected = counts_of(judge(run.write(folder)))
    run.events = data.draw(st.permutations(run.events))
    assert counts_of(judge(run.write(folder))) == expected


@quick
@given(data=st.data())
def test_leaving_out_other_orders_never_makes_a_run_fail(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("run")
    run = a_run(*[{}] * 4)
    gone = data.draw(st.sets(st.integers(0, 3)))
    run.events = [row for row in run.events if row.intent not in gone]
    found = judge(run.write(folder))
    assert found["verdict"] == ("PASS" if not gone else "INCONCLUSIVE")


@quick
@given(data=st.data())
def test_losing_any_rows_of_a_good_run_never_makes_it_fail(tmp_path_factory, data):
    """A recorder that lost rows left a gap, and nothing is blamed on the platform for it."""
    folder = a_run(*[{}] * 2).write(tmp_path_factory.mktemp("run"))
    for recorder in RECORDERS:
        path = folder / "journals" / f"{recorder}.ndjson"
        lines = path.read_bytes().splitlines(keepends=True)
        kept = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
        path.write_bytes(b"".join(line for line, keep in zip(lines, kept, strict=True) if keep))
    assert judge(folder)["verdict"] in {"PASS", "INCONCLUSIVE"}
