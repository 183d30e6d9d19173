"""The matrix: what it runs, what it makes of what came back, and how it says so. No process is started here."""

import json
from pathlib import Path

import pytest

from harness import inventory
from harness.core.errors import UsageError
from harness.scenario import SCENARIOS, find_target, stage
from harness.search import errand, matrix, pages
from harness.search.errand import BROKE, Breach, Came, Errand
from harness.search.matrix import Table, Wanted

TABLE = Table(
    target="reference",
    canary="b",
    catches={
        "a": {"one": ["charged_once"], "two": ["charged_once"]},
        "b": {"one": ["no_lost_delivery", "settles_in_time"]},
    },
)


def came(verdict, *defects, scenario="one", seed=1, **broken):
    wanted = Errand(scenario=Path(f"{scenario}.yaml"), out=Path("out"), seed=seed, defects=defects)
    laws = {law: Breach(findings=1, orders=at, load_s=at / 10) for law, at in broken.items()}
    return Came(errand=wanted, verdict=verdict, wall_s=12.0, reasons=("why",), broken=laws)


def made(cells, honest=(), **more):
    return matrix.Matrix(
        command="recharge-chaos matrix",
        target="reference",
        canary="b",
        cells=tuple(matrix.cell(TABLE, one) for one in cells),
        honest=tuple(matrix.honest(one) for one in honest),
        wall_s=60.0,
        **more,
    )


CANARY = came("FAIL", "b", no_lost_delivery=7, settles_in_time=3)


@pytest.mark.parametrize(
    ("back", "outcome", "by", "orders"),
    [
        (CANARY, "caught", "settles_in_time", 3),
        (came("FAIL", "a", charged_once=5, order_findable=1), "caught", "charged_once", 5),
        (came("FAIL", "a", order_findable=1), "otherwise", "", None),
        (came("PASS", "a"), "missed", "", None),
        (came("INCONCLUSIVE", "a"), "undecided", "", None),
        (came(BROKE, "a"), "broke", "", None),
    ],
)
def test_a_cell_is_caught_by_a_law_that_claims_it(back, outcome, by, orders):
    cell = matrix.cell(TABLE, back)
    assert (cell.outcome, cell.by, cell.orders) == (outcome, by, orders)


@pytest.mark.parametrize(
    ("cells", "honest", "verdict"),
    [
        ([CANARY, came("FAIL", "a", charged_once=1)], [came("PASS")], "PASS"),
        ([CANARY], [came("FAIL", charged_once=1)], "FAIL"),
        ([CANARY], [came("INCONCLUSIVE")], "INCONCLUSIVE"),
        ([CANARY], [came(BROKE)], "INCONCLUSIVE"),
        ([CANARY, came("PASS", "a")], [], "FAIL"),
        ([CANARY, came("FAIL", "a", order_findable=1)], [], "FAIL"),
        ([came("PASS", "b"), came("FAIL", "a", charged_once=1)], [], "FAIL"),
        ([came("FAIL", "a", charged_once=1)], [], "FAIL"),
    ],
)
def test_the_verdict_needs_a_dead_canary_every_defect_and_no_false_alarm(cells, honest, verdict):
    assert made(cells, honest).verdict == verdict


def test_a_defect_that_one_scenario_caught_did_not_get_away():
    both = made([CANARY, came("PASS", "a"), came("FAIL", "a", scenario="two", charged_once=4)])
    assert both.uncaught == []
    assert made([CANARY, came("PASS", "a")]).uncaught == ["a"]
    assert both.median_load_s == 0.35


@pytest.mark.parametrize(
    ("wanted", "pairs"),
    [
        (Wanted(), [("b", "one"), ("a", "one"), ("a", "two")]),
        (Wanted(first=True), [("b", "one"), ("a", "one")]),
        (Wanted(defects=["a"]), [("b", "one"), ("a", "one"), ("a", "two")]),
        (Wanted(scenarios=["two"]), [("b", "one"), ("a", "two")]),
    ],
)
def test_the_canary_goes_first_whatever_is_asked_for(wanted, pairs):
    assert matrix.pairs(TABLE, wanted) == pairs


def test_a_defect_that_nobody_claims_is_a_usage_error():
    with pytest.raises(UsageError, match="no scenario claims to catch 'aa', did you mean 'a'"):
        matrix.pairs(TABLE, Wanted(defects=["aa"]))


def test_every_defect_is_claimed_by_a_scenario_or_said_to_be_out_of_reach():
    table = matrix.load()
    known = {row["name"] for row in inventory.listed("defects", table.target)}
    assert known - {*table.catches, *table.out_of_reach} == set()
    assert not set(table.catches) & set(table.out_of_reach)
    assert all(table.out_of_reach.values())


def test_a_scenario_runs_against_its_own_target_with_a_defect_and_without(tmp_path, monkeypatch):
    other = tmp_path / "other.yaml"
    other.write_bytes(find_target("reference").read_bytes())
    one, two = "i03_notified_again_and_again", "i27_last_in_stock"
    table = Table(
        target="reference",
        canary="b",
        catches={"b": {one: ["x"], two: ["x"]}},
        targets={two: str(other)},
    )
    asked = []
    monkeypatch.setattr(matrix, "run_all", lambda errands, *_: asked.extend(errands) or [])
    wanted = Wanted(scenarios=[one, two])
    matrix.run(table, wanted, tmp_path, jobs=1, saw=lambda _: None, command="")
    assert [(run.scenario.stem, run.target.stem, run.defects) for run in asked] == [
        (one, "reference", ("b",)),
        (two, "other", ("b",)),
        (one, "reference", ()),
        (two, "other", ()),
    ]


def test_every_scenario_finds_what_it_needs_in_its_target_of_the_matrix():
    table = matrix.load()
    found = matrix.honest_scenarios(table, matrix.Wanted())
    assert found.keys() == {path.stem for path in SCENARIOS.glob("*.yaml")}
    # The platforms that ship are one process, and start no database or cache.
    unfit = {name for name, why in found.items() if why}
    assert unfit == {"i08_stores_restarted", "i08_workers_killed"}
    for name in found.keys() - unfit:
        assert stage(SCENARIOS / f"{name}.yaml", target=table.target_of(name)).laws


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("canary: polls_nevr\ncatches: {}", "did you mean 'polls_never'"),
        ("canary: polls_never\ncatches: {}", "the canary is none of the defects"),
        ("canary: polls_never\ncatches: {polls_never: {i01: [x]}}", "no scenario 'i01'"),
        (
            "canary: polls_never\ncatches: {polls_never: {holiday_peak: [no_lost]}}",
            "no law 'no_lost'",
        ),
        (
            "canary: polls_never\ncatches: {}\ntargets: {holiday_peek: reference}",
            "table.yaml:4:.*no scenario 'holiday_peek', did you mean 'holiday_peak'",
        ),
        (
            "canary: polls_never\ncatches: {}\ntargets: {holiday_peak: referense}",
            "table.yaml:4:.*no target 'referense', did you mean 'reference'",
        ),
    ],
)
def test_a_mistake_in_the_table_is_named(tmp_path, line, says):
    path = tmp_path / "table.yaml"
    path.write_text(f"target: reference\n{line}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        matrix.load(path)


def test_the_pages_say_the_same_three_times(tmp_path):
    shown = made([CANARY, came("PASS", "a")], [came("PASS"), came("FAIL", charged_once=2)])
    paths = pages.write(shown, tmp_path)
    assert [path.name for path in paths] == ["matrix.json", "matrix.md", "matrix.html"]
    told = json.loads(paths[0].read_text(encoding="utf-8"))
    assert [cell["outcome"] for cell in told["cells"]] == ["caught", "missed"]
    markdown, html = (path.read_text(encoding="utf-8") for path in paths[1:])
    for text in (markdown, html):
        assert "1 of 2 defects caught" in text
        assert "1 false alarms in 2 honest runs" in text
        assert "误报 1 次" in text
        assert "MISSED 漏掉" in text
        assert "Passed over" not in text
    assert "| one | 2 | 1 | 1 | 0 |" in markdown
    assert "http" not in html
    assert "<script" not in html


def test_a_scenario_that_was_passed_over_is_said_with_the_reason():
    shown = made([CANARY], unfit={"two": "it has no workers <b>"})
    assert "| two | it has no workers" in pages.markdown(shown)
    assert "it has no workers &lt;b&gt;" in pages.html(shown)


def test_hostile_names_do_not_break_the_page():
    back = Came(
        errand=Errand(scenario=Path("<b>.yaml"), out=Path("out"), seed=1, defects=("a",)),
        verdict="PASS",
        wall_s=1.0,
    )
    assert "<td><b>" not in pages.html(made([back]))


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["PASS", "PASS"], 0),
        (["PASS", "INCONCLUSIVE"], 3),
        (["INCONCLUSIVE", "FAIL", "PASS"], 1),
        (["PASS", BROKE, "FAIL"], 4),
        ([], 3),
    ],
)
def test_the_worst_verdict_is_the_exit_code(verdicts, code):
    assert errand.worst(verdicts) == code
