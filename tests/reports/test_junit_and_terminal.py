from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

import reports
from reports import terminal
from tests.reports import finished_run as runs


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    return runs.build(tmp_path_factory.mktemp("text"))


def suite(run_dir, lang="en"):
    return ET.parse(reports.render("junit", run_dir, lang=lang)).getroot().find("testsuite")


def cases(run_dir):
    return {case.get("name"): [child.tag for child in case] for case in suite(run_dir)[1:]}


def test_failures_and_what_could_not_be_judged_are_never_green(run_dir):
    assert cases(run_dir) == {
        "verdict": ["failure"],
        "law.no_duplicate_delivery": ["failure"],
        "law.settles_in_time": ["error"],
        "law.amount_honoured": [],
        "law.no_lost_delivery": [],
        "slo.delivered_p99 < 10s": ["failure"],
        "slo.delivered_share >= 90%": [],
    }
    found = suite(run_dir)
    assert (found.get("tests"), found.get("failures"), found.get("errors")) == ("7", "3", "1")


def test_a_run_whose_laws_all_held_but_that_proves_nothing_is_an_error(tmp_path):
    run_dir = runs.build(tmp_path, intents=2)
    found = runs.read_verdict(run_dir)
    found |= {
        "verdict": "INCONCLUSIVE",
        "laws": [],
        "slo": [],
        "reasons": ["the driver fell behind"],
    }
    runs.write_verdict(run_dir, found)
    assert cases(run_dir) == {"verdict": ["error"]}
    assert "the driver fell behind" in suite(run_dir).find("testcase/error").text


def test_findings_are_named_and_cut_at_twenty(tmp_path):
    run_dir = runs.build(tmp_path, intents=2)
    found = runs.read_verdict(run_dir)
    found["laws"][1] |= {"broken": 50, "findings": [runs.finding(i) for i in range(30)]}
    runs.write_verdict(run_dir, found)
    text = suite(run_dir).find("testcase[@name='law.no_duplicate_delivery']/failure").text
    assert "R202611210019 (Intent 19): ordered 1, delivered 2" in text
    assert "R202611210020" not in text
    assert "30 more" in text


def test_hostile_strings_leave_the_xml_valid(tmp_path):
    run_dir = runs.build(tmp_path, intents=2)
    found = runs.read_verdict(run_dir)
    found["scenario"] = runs.TRAPS
    found["laws"][1]["findings"] = [
        runs.finding(1, runs.TRAPS + "\ud800", "\x00\x1b\ufffe" + "z" * 100_000)
    ]
    runs.write_verdict(run_dir, found)
    text = suite(run_dir).find("testcase[@name='law.no_duplicate_delivery']/failure").text
    assert "⟨U+D800⟩" in text
    assert "⟨U+001B⟩" in text
    assert len(text) < 5_000


def test_junit_speaks_chinese(run_dir):
    assert "共 4 处" in suite(run_dir, "zh").find("testcase/failure").get("message")


def test_the_terminal_tells_the_worst_first_and_how_to_go_on(run_dir):
    reports.render("html", run_dir)
    text = reports.render("terminal", run_dir)
    laws = ("no_duplicate_delivery  ", "settles_in_time", "amount_honoured", "no_lost_delivery")
    order = [text.index(law) for law in laws]
    assert order == sorted(order)
    for told in (
        "✕ FAIL", "1 of 4 laws broken: 4 findings.", "three-at-once",
        "60 orders were due at 20/s and started at 19.9/s",
        "R202611210015  Intent 15  ordered 1, delivered 2", "1 more in verdict.json", f"{run_dir}/report.html",
        f"recharge-chaos check {run_dir}", "--defect read_then_write --seed 42",
    ):  # fmt: skip
        assert told in text


@pytest.mark.parametrize(
    ("lang", "says"), [("en", "not exercised: the target file does not have"), ("zh", "未注入：")]
)
def test_a_strike_that_the_target_has_nothing_for_is_told(tmp_path, lang, says):
    run_dir = runs.build(tmp_path, intents=2)
    found = runs.read_verdict(run_dir)
    found["strikes"][0] |= {"struck": 0, "eligible": 0, "lacks": "control.pid_file"}
    runs.write_verdict(run_dir, found)
    assert says in reports.render("terminal", run_dir, lang=lang)
    assert says in reports.render("markdown", run_dir, lang=lang).read_text(encoding="utf-8")


def test_the_terminal_speaks_chinese(run_dir):
    text = reports.render("terminal", run_dir, lang="zh")
    assert "4 条规则中有 1 条被违反，共 4 处。" in text
    assert "R202611210015  意图号 15  应发 1 份，实发 2 份" in text
    assert "Verdict" not in text


def test_a_terminal_is_not_commanded_by_what_it_shows(tmp_path, capsys):
    run_dir = runs.build(tmp_path, intents=2)
    found = runs.read_verdict(run_dir)
    found["scenario"] = "[red]\x1b]0;owned\x07[/red][link=x]"
    found["laws"][1]["findings"] = [runs.finding(1, "\x1b[2J\ud800[bold]", "[/]\x9b31m")]
    runs.write_verdict(run_dir, found)
    console = Console(width=100, no_color=True, force_terminal=False)
    terminal.render(run_dir, console)
    printed = capsys.readouterr().out
    assert "[red]" in printed
    assert "⟨U+001B⟩[2J⟨U+D800⟩[bold]" in printed
    assert not {"\x1b", "\x07", "\x9b"} & set(printed)


@pytest.mark.parametrize(
    ("lang", "says"), [("en", "ended early, after 12.30 s"), ("zh", "在 12.30 s 后提前终止")]
)
def test_every_format_says_that_a_threshold_ended_the_load(tmp_path, lang, says):
    run_dir = runs.build(tmp_path, intents=15)
    found = runs.read_verdict(run_dir)
    slo = {"slo": "place_p95 < 1s", "verdict": "FAIL", "observed": 1740.0, "aborted": True}
    told = {"slo": slo["slo"], "observed": 1740.0, "at_s": 12.3, "intents": 15, "planned": 60}
    runs.write_verdict(run_dir, {**found, "slo": [slo], "aborted": told})
    texts = {name: reports.render(name, run_dir, lang=lang) for name in reports.formats()}
    for name, text in texts.items():
        whole = text if name == "terminal" else text.read_text(encoding="utf-8")
        assert says in whole.replace("\\", ""), name
        assert whole.count({"en": "ended the load early", "zh": "触发提前终止"}[lang]) >= 1, name
