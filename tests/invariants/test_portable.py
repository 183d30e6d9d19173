"""Laws and facts as files: their headers are complete, and their SQL is carried to other engines."""

import pytest
import sqlglot
from histories import Run, make_plan

from harness.core.units import duration_ms
from harness.invariants import parse_slo
from harness.invariants.checker import build_facts, run_law
from harness.invariants.journals import convert, leg_of, lies
from harness.invariants.law import FACTS, FOLDER, fact_files, law_names, laws, read_header
from harness.invariants.slo import METRICS
from harness.invariants.store import Store

FILES = [FOLDER / f"{name}.sql" for name in law_names()] + sorted(FACTS.glob("*.sql"))
SILENT = "'' AS says, '' AS says_zh, '' AS evidence"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("dialect", ["spark", "clickhouse", "postgres"])
def test_sql_is_carried_to_other_engines(path, dialect):
    query = path.read_text(encoding="utf-8")
    (carried,) = sqlglot.transpile(
        query, read="duckdb", write=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    assert (
        sqlglot.parse_one(carried, read=dialect).named_selects
        == sqlglot.parse_one(query, read="duckdb").named_selects
    )


@pytest.mark.parametrize("law", laws(), ids=lambda law: law.name)
def test_a_header_is_complete_in_both_languages(law):
    for said in (law.title, law.why):
        assert said["en"]
        assert any("\u4e00" <= char <= "\u9fff" for char in said["zh"])
        assert said["en"] != said["zh"]
    assert law.severity in {"critical", "major"}
    assert law.promise in {"goods", "money", "state", "trust", "resilience"}
    assert law.proof in {"missing", "seen"}


def test_facts_come_after_what_they_need():
    order = [path.stem for path in fact_files()]
    assert order.index("run") < order.index("orders")
    assert len(order) == len(list(FACTS.glob("*.sql")))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    plan, folder = make_plan(), tmp_path_factory.mktemp("run")
    Run(plan).order(0).order(1).write(folder)
    with Store(folder) as store:
        assert convert(store, folder, plan) == []
        build_facts(store, plan)
        yield store


def judged(store, folder, sql):
    """What becomes of a law that was written as `sql`."""
    (folder / "my_law.sql").write_text(sql, encoding="utf-8")
    return run_law(store, read_header(folder / "my_law.sql"), folder=folder)


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT nonsense FROM nowhere", "nowhere"),
        ("this is no SQL", "syntax error"),
        ("SELECT intent, TRUE AS held FROM orders", "it returns no column evidence, says, says_zh"),
        (f"SELECT intent, CAST(order_no AS INTEGER) > 0 AS held, {SILENT} FROM orders", "Conversion Error"),
    ],
)  # fmt: skip
def test_a_law_that_crashes_is_inconclusive_with_its_error(store, tmp_path, sql, error):
    found = judged(store, tmp_path, sql)
    assert found.verdict == "INCONCLUSIVE"
    assert error in found.reason.en
    assert found.reason.zh.startswith("规则执行出错")


def test_a_law_of_ones_own_needs_no_more_than_a_file(store, tmp_path):
    found = judged(
        store,
        tmp_path,
        f"-- title: Mine | 我的\nSELECT intent, intent = 0 AS held, {SILENT} FROM orders",
    )
    assert (found.verdict, found.held, found.broken) == ("FAIL", 1, 1)
    assert (found.header.title, found.header.severity) == ({"en": "Mine", "zh": "我的"}, "major")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("op", ["<", "<=", ">", ">="])
def test_every_threshold_can_be_read(metric, op):
    value = "99.5%" if metric.endswith("_share") else "1m30s"
    slo = parse_slo(f"{metric}{op}{value}")
    assert (slo.metric, slo.op) == (metric, op)
    assert slo.bound == (0.995 if metric.endswith("_share") else duration_ms("90s"))


@pytest.mark.parametrize(
    ("text", "helps"),
    [
        ("place_p95", "a threshold such as"),
        ("place_p94 < 1s", "did you mean 'place_p9"),
        ("place_p95 < fast", "a duration such as"),
        ("paid_share > 1s", "a share between"),
        ("place_p95 = 1s", "a threshold such as"),
    ],
)
def test_a_threshold_that_cannot_be_read_says_what_would_be(text, helps):
    with pytest.raises(ValueError, match=helps):
        parse_slo(text)


def test_the_leg_of_a_strike_is_read_from_where_it_is_at():
    assert [
        leg_of(at) for at in ("epay.notify", "operators.reply on [submit, query]", "x", "x.")
    ] == ["notify", "reply", "", ""]
    assert lies(()) == {"rewritten": [], "done_otherwise": [], "not_done": [], "denied": []}
