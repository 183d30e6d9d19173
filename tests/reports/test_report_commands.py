"""The commands report, compare and evidence: what they write, print, and exit with."""

import shutil

import pytest

from harness import cli
from tests.reports import finished_run as runs


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    return runs.build(tmp_path_factory.mktemp("commands"))


def said(capsys, monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["recharge-chaos", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out = capsys.readouterr()
    return ended.value.code or 0, out.out, out.err


def test_report_writes_every_format(capsys, monkeypatch, run_dir):
    code, out, _ = said(capsys, monkeypatch, "report", run_dir, "--lang", "zh")
    assert code == 0
    written = {line.rsplit("/", 1)[-1] for line in out.splitlines()}
    assert written >= {"report.html", "junit.xml", "ctrf.json", "summary.md"}
    assert "不通过" in (run_dir / "summary.md").read_text(encoding="utf-8")


def passing(folder, *, broken=0):
    """A run that passed, whose law may have been broken all the same."""
    made = runs.build(folder)
    found = runs.read_verdict(made)
    found["verdict"] = "PASS"
    found["laws"][0] |= {"cases": 1000, "broken": broken}
    runs.write_verdict(made, found)
    return made


def test_what_became_worse_fails_a_pass(capsys, monkeypatch, tmp_path):
    before, worse = passing(tmp_path / "before"), passing(tmp_path / "worse", broken=300)
    code, out, _ = said(capsys, monkeypatch, "report", worse, "--baseline", before)
    assert code == 1
    assert "worse" in out
    assert (worse / "compare.html").is_file()
    same = tmp_path / "same" / before.name
    shutil.copytree(before, same)
    assert said(capsys, monkeypatch, "report", same, "--baseline", before)[0] == 0


def test_compare_writes_a_page_and_a_table(capsys, monkeypatch, run_dir, tmp_path):
    page = tmp_path / "page.html"
    code, out, _ = said(capsys, monkeypatch, "compare", run_dir, run_dir, "--out", page)
    assert code == 0
    assert "Runs compared" in out
    assert page.read_text(encoding="utf-8").count("data-question=") >= 8
    assert said(capsys, monkeypatch, "compare", run_dir)[0] == 2


def test_evidence_is_for_an_order_that_exists(capsys, monkeypatch, run_dir):
    code, out, _ = said(capsys, monkeypatch, "evidence", run_dir, "R202611210015")
    assert code == 0
    assert out.strip().endswith("evidence-R202611210015.zip")
    code, _, errors = said(capsys, monkeypatch, "evidence", run_dir, "R9")
    assert code == 2
    assert "no order 'R9'" in errors
