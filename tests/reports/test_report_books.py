"""What the report tells of money, ways, causes and comparisons, recomputed from the journals by other means."""

import hashlib
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

import reports
from harness.core import plan as plans
from harness.core.errors import UsageError
from harness.invariants import judge
from harness.invariants.checker import build_facts
from harness.invariants.reconcile import reconcile
from harness.invariants.store import Store
from reports.parts import causes, comparing, diagram, finished, funnel, recovering, story, words
from tests.bench import synthetic
from tests.reports import finished_run as runs
from tests.reports.test_html import Page


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    made = runs.build(tmp_path_factory.mktemp("books"))
    judge(made)
    return made


@pytest.fixture(scope="module")
def page(run_dir):
    return Page(reports.render("html", run_dir).read_text(encoding="utf-8"))


def journal_rows(run_dir):
    """Every row of the journals, by the plainest reader there is."""
    paths = sorted((run_dir / "journals").glob("*.ndjson"))
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def by_intent(run_dir, *kinds):
    """Rows of some kinds by intent, in order of time."""
    found = {}
    for row in sorted(journal_rows(run_dir), key=lambda row: row["time_ns"]):
        if row["kind"] in kinds and row.get("intent") is not None:
            found.setdefault(row["intent"], []).append(row)
    return found


def cells(page, head):
    return next(
        [cell.strip() for cell in row[1:]] for row in page.rows if row and row[0].strip().endswith(head)
    )  # fmt: skip


def test_reconciliation_is_that_of_the_journals(run_dir, page):
    paid = Counter({i: len(rows) for i, rows in by_intent(run_dir, "captured").items()})
    refunded = set(by_intent(run_dir, "refunded"))
    goods = {i: len(rows) for i, rows in by_intent(run_dir, "delivered").items()}
    twice = [i for i, n in goods.items() if n > 1]
    normal = [i for i, n in goods.items() if n == 1 and i in paid and i not in refunded]
    assert cells(page, "重复发货")[0] == str(len(twice))
    assert cells(page, "重复发货")[2] == words.yuan(4970 * len(twice))
    assert cells(page, "正常")[0] == str(len(normal))
    assert cells(page, "正常")[2] == words.yuan(4990 * len(normal))
    total = page.text.split('data-loss="total">')[1].split("<")[0]
    assert total == words.yuan(4970 * len(twice))


def test_stations_are_those_of_the_journals(run_dir):
    run = finished.read(run_dir)
    with finished.ledger(run_dir) as events:
        nodes = {node.name: node for node in funnel.of_run(run, events)}
    lives = by_intent(run_dir, "captured", "submit", "delivered")
    firsts = {i: {} for i in lives}
    for i, rows in lives.items():
        for row in rows:
            firsts[i].setdefault(row["kind"], row["time_ns"])
    assert nodes["paid"].orders == sum("captured" in f for f in firsts.values())
    assert nodes["called"].orders == sum("submit" in f for f in firsts.values())
    assert nodes["delivered"].orders == sum("delivered" in f for f in firsts.values())
    assert nodes["delivered"].missing == nodes["called"].orders - nodes["delivered"].orders == 1
    assert nodes["delivered"].refunded == 1
    waits = sorted(f["delivered"] - f["submit"] for f in firsts.values() if "delivered" in f)
    median = waits[(len(waits) - 1) // 2] / 1e6 * runs.SCALE
    assert nodes["delivered"].median_ms == pytest.approx(median)


def test_recovery_counts_what_was_open_at_heal(run_dir):
    run = finished.read(run_dir)
    with finished.ledger(run_dir) as events:
        funnel.of_run(run, events)
        found = funnel.recovery(run, events)
    assert (found.orders, found.still_open) == (1, 1)
    curve = recovering.draw(found)
    assert curve.open_top == recovering.BOTTOM
    assert found.marks[0] == (1, 0.0)
    assert found.marks[-1][1] is None


def test_the_grid_and_the_bound_are_shown(page):
    text = "".join(page.words)
    struck = len(range(0, 60, 5))
    assert str(struck) in cells(page, "duplicate")
    assert "of 59 paid orders were lost" in text
    assert "fewer than" in text
    assert "掉单率低于" in text


def test_findings_are_grouped_by_the_strike_that_they_share():
    findings = [finished.Finding(intent=i, says=f"ordered 1, delivered {i}") for i in range(8)]
    law = finished.Law(law="twice", verdict="FAIL", broken=8, findings=findings)
    strikes = [
        finished.StrikeTally(id="rare", kind="drop", struck=6),
        finished.StrikeTally(id="common", kind="delay", struck=90),
    ]
    verdict = finished.VerdictFile(laws=[law], strikes=strikes, load=finished.Load(intents=100))
    run = finished.Finished(folder=Path(), verdict=verdict, plan=None, environment={})
    met = {i: ("common", "rare") if i < 5 else ("common",) for i in range(8)}
    found = causes.of_run(run, met)
    assert [(c.strike, c.kind, len(c.findings)) for c in found] == [
        ("rare", "drop", 5),
        ("", "", 3),
    ]
    assert found[0].elsewhere == pytest.approx(0.06)


def test_a_wrong_order_is_told_in_a_sentence(page):
    text = "".join(page.words)
    assert "The gateway took ¥49.90 at" in text
    assert "the goods were handed out 2 times, at 18.00 s, 18.06 s" in text
    assert "发货 2 次" in text
    assert "⚡ three-at-once" in text


def test_messages_have_a_lane_of_their_own():
    rows = [
        story.Row(vantage="message", kind="send", at_ms=1.0),
        story.Row(vantage="message", kind="sent", at_ms=2.0),
    ]
    made = diagram.draw(
        story.Story(intent=1, order_no="", laws=[], rows=rows, folded=rows, marks=[], cut=0, strikes=[])
    )  # fmt: skip
    assert list(made.lanes)[-1] == "message"
    assert (made.beats[0].x1, made.beats[0].x2) == (made.lanes["platform"], made.lanes["message"])
    assert made.beats[1].x1 == made.lanes["message"]


def test_ctrf_counts_what_it_lists(run_dir):
    told = json.loads(reports.render("ctrf", run_dir).read_bytes())["results"]
    statuses = Counter(test["status"] for test in told["tests"])
    assert told["tool"]["name"] == "recharge-chaos"
    for status in ("passed", "failed", "pending", "skipped", "other"):
        assert told["summary"][status] == statuses[status]
    assert told["summary"]["tests"] == len(told["tests"])
    assert told["summary"]["start"] < told["summary"]["stop"]
    by_name = {test["name"]: test for test in told["tests"]}
    assert by_name["verdict"]["status"] == "failed"
    assert "R202611210015" in by_name["law.no_duplicate_delivery"]["trace"]


def test_markdown_lets_no_string_be_markup(tmp_path):
    made = runs.build(tmp_path, intents=15)
    found = runs.read_verdict(made)
    found["scenario"] = "[click](https://x) <img src=x> `a` | b"
    runs.write_verdict(made, found)
    text = reports.render("markdown", made).read_text(encoding="utf-8")
    assert "[click](" not in text
    assert "<img" not in text.replace("\\<img", "")
    assert "https://" not in text
    assert "| ✕ FAIL |" in text


def test_a_run_is_not_worse_than_itself(run_dir):
    found = comparing.compare([run_dir, run_dir])
    assert found.worse == []
    assert {q.name for q in found.questions} >= {
        "undelivered",
        "law.no_duplicate_delivery",
        "latency.place",
    }
    assert all(q.values[1].p == pytest.approx(1.0, abs=0.01) for q in found.questions)


def test_what_became_worse_is_named_and_what_is_chance_is_not(tmp_path, run_dir):
    made = runs.build(tmp_path, intents=60)
    found = runs.read_verdict(run_dir)
    found["laws"][0] |= {"law": "no_duplicate_delivery", "cases": 57, "broken": 40}
    found["counts"]["paid"] -= 1
    runs.write_verdict(made, found)
    told = comparing.compare([run_dir, made])
    assert [q.name for q in told.worse] == ["law.no_duplicate_delivery"]
    assert reports.compare([run_dir, made], tmp_path / "compare.html")
    back = comparing.compare([made, run_dir])
    assert back.worse == []
    assert any(v.change == "better" for q in back.questions for v in q.values)


def test_one_run_is_no_comparison(run_dir):
    with pytest.raises(UsageError, match="two or more"):
        comparing.compare([run_dir])


def test_evidence_is_whole_and_its_hashes_hold(run_dir, tmp_path):
    path = reports.evidence(run_dir, "R202611210015", tmp_path / "pack.zip")
    with zipfile.ZipFile(path) as pack:
        files = {name: pack.read(name) for name in pack.namelist()}
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    for line in files["journals.sha256"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((run_dir / name).read_bytes()).hexdigest() == digest
    rows = by_intent(run_dir, "captured", "delivered", "notify", "submit")[15]
    assert [r["amount_fen"] for r in json.loads(files["payment.json"])] == [4990]
    assert len(json.loads(files["goods.json"])) == sum(r["kind"] == "delivered" for r in rows) == 2
    messages = [json.loads(line) for line in files["messages.ndjson"].splitlines()]
    signed = Counter(m["signature"] for m in messages if m["kind"] in {"notify", "submit"})
    assert signed == {
        "signed by the upstream": sum(r["kind"] == "notify" for r in rows),
        "verified by the upstream": sum(r["kind"] == "submit" for r in rows),
    }
    assert messages[0]["time_beijing"].endswith("+08:00")
    assert "订单 R202611210015 证据" in files["timeline.zh.md"].decode()
    assert "money taken" in files["timeline.en.md"].decode()
    assert json.loads(files["order.json"])["broke"] == ["no_duplicate_delivery"]


def test_evidence_is_the_same_every_time_and_asks_for_an_order_that_exists(run_dir, tmp_path):
    packs = [reports.evidence(run_dir, "#15", tmp_path / name) for name in ("a.zip", "b.zip")]
    assert packs[0].read_bytes() == packs[1].read_bytes()
    for order in ("R0", "#9999", "#"):
        with pytest.raises(UsageError, match="no order"):
            reports.evidence(run_dir, order)


def test_a_large_run_is_reconciled_to_the_fen(tmp_path):
    synthetic.write_parquet(tmp_path, 10_000)
    lost = {row["class"]: (row["orders"], row["amount_fen"]) for row in reconciled(tmp_path)}
    assert lost["lost_delivery"] == (10, 10 * 4990)
    assert lost["duplicate_delivery"] == (10, 10 * 4960)
    assert lost["double_charge"] == (10, 10 * 4990)
    assert lost["normal"] == (9_970, 9_970 * 4990)


def reconciled(folder):
    """Reconcile a run whose events lie there already."""
    with Store(folder) as store:
        build_facts(store, plans.read(folder))
        return reconcile(store)
