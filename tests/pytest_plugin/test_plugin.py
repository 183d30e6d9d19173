"""The plugin in a suite of its own: findings become assertion text, and a run that proves nothing fails the test."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from harness.pytest_plugin import report

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
DUPLICATES = ROOT / "tests" / "platforms" / "card_shop" / "duplicates.yaml"
REFERENCE = ROOT / "scenarios" / "targets" / "reference.yaml"
INSTALLED = any(one.name == "recharge_chaos" for one in entry_points(group="pytest11"))
VERDICT = {
    "verdict": "FAIL",
    "scenario": "peak",
    "target": "ours",
    "seed": 7,
    "reasons": ["Nothing is delivered twice: 12 of 30 cases broken."],
    "laws": [
        {
            "law": "no_duplicate_delivery",
            "title": {"en": "Nothing is delivered twice"},
            "broken": 12,
            "cases": 30,
            "findings": [
                {"intent": n, "says": "delivered 2 times", "evidence": f"ref {n}"}
                for n in range(12)
            ],
        },
        {"law": "charged_once", "title": {"en": "x"}, "broken": 0, "cases": 30, "findings": []},
    ],
}
FAKE = """
    from harness import pytest_plugin

    asked = []

    def run(self, scenario="", **said):
        asked.append((scenario, said))
        return {"verdict": said.get("seed", "PASS"), "scenario": scenario, "target": "ours", "seed": 1,
                "reasons": ["why not"], "laws": []}

    pytest_plugin.ChaosRun._run = run
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\naddopts = --strict-markers -p no:cacheprovider\n")
    plugin = () if INSTALLED else ("-p", "harness.pytest_plugin")

    def ran(text, *arguments, real=False):
        pytester.makepyfile(text)
        if not real:
            pytester.makeconftest(FAKE)
        return pytester.runpytest_subprocess(*plugin, *arguments)

    return ran


def test_findings_are_told_in_full_and_long_lists_are_cut():
    told = report(VERDICT, Path("runs/x"))
    assert told.startswith("FAIL: peak on ours, seed 7")
    assert "no_duplicate_delivery: Nothing is delivered twice (12 of 30)" in told
    assert "order 9: delivered 2 times; ref 9" in told
    assert "order 10:" not in told
    assert "and 2 more" in told
    assert "charged_once" not in told
    assert told.endswith("report: runs/x/report.html")


def test_a_verdict_of_each_kind_ends_the_test_as_it_should(suite):
    done = suite("""
    import pytest

    def test_pass(chaos_run):
        assert chaos_run("peak")["verdict"] == "PASS"
    def test_fail(chaos_run):
        chaos_run("peak", seed="FAIL")
    def test_inconclusive(chaos_run):
        chaos_run("peak", seed="INCONCLUSIVE")
    def test_allowed(chaos_run):
        assert chaos_run("peak", seed="INCONCLUSIVE", inconclusive_ok=True)["verdict"] == "INCONCLUSIVE"
    def test_caught(chaos_run):
        with pytest.raises(AssertionError, match="why not"):
            chaos_run("peak", seed="FAIL")
    """)
    done.assert_outcomes(passed=3, failed=2)
    done.stdout.fnmatch_lines(["*FAIL: peak on ours*", "*INCONCLUSIVE: peak on ours*"])


def test_the_marker_runs_by_itself_or_says_what_the_fixture_runs(suite):
    done = suite("""
    import pytest
    from conftest import asked

    @pytest.mark.chaos(scenario="peak", target="ours.yaml")
    def test_marked():
        assert asked.pop() == ("peak", {"target": "ours.yaml"})
    @pytest.mark.chaos("peak", seed="FAIL")
    def test_marked_and_failing():
        raise RuntimeError("never reached")
    @pytest.mark.chaos("peak", target="ours.yaml")
    def test_both(chaos_run):
        assert not asked[1:]
        asked.clear()
        chaos_run("calm")
        assert asked == [("calm", {"target": "ours.yaml"})]
    """)
    done.assert_outcomes(passed=2, errors=1)
    assert "never reached" not in done.stdout.str()


def test_what_cannot_be_run_fails_with_the_sentence_and_no_traceback(suite):
    done = suite(
        """
        def test_nothing(chaos_run):
            chaos_run("holiday_peek")
        """,
        real=True,
    )
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*no scenario 'holiday_peek', did you mean 'holiday_peak'?*"])
    assert "Traceback" not in done.stdout.str()


@pytest.mark.smoke
def test_a_real_run_finds_a_real_mistake(suite, pytester):
    (pytester.path / "calm.yaml").write_text(
        f"target: {REFERENCE}\ngateways: [epay]\n"
        "traffic:\n  arrivals: {shape: steady, rate: 8/s, for: 1s}\n"
        "strikes:\n  - {id: doubled, at: gateways.notify, fault: {kind: duplicate, copies: 3}}\n"
        "settle: {quiet: 500ms, at_most: 15s}\n"
        "expect: {laws: [no_duplicate_delivery], driver_lateness_p99: 2s}\n",
        encoding="utf-8",
    )
    done = suite(
        """
        def test_no_double_delivery(chaos_run):
            chaos_run("calm.yaml", defects=["notify_not_idempotent"])
        """,
        "--chaos-out=kept",
        real=True,
    )
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*FAIL: calm on reference*", "*no_duplicate_delivery: *"])
    assert (pytester.path / "kept" / "calm" / "latest" / "report.html").is_file()
