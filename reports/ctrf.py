"""ctrf.json: the Common Test Report Format: a law, a threshold and the run's own verdict are a test each.

Source: CTRF JSON schema, specVersion 0.0.0 (ctrf.io): results/tool, results/summary, results/tests. What could not be
judged is `other`, so that no dashboard counts it as passed; a law that does not apply is `skipped`.
"""

import json
from pathlib import Path
from typing import Any

from harness.core.verdict import Verdict
from reports.parts import finished, page, words
from reports.parts.clean import clean, one_line
from reports.parts.findings import order_name
from reports.parts.finished import Finished, Law, both
from reports.parts.headline import headline

MOST_FINDINGS = 20
STATUSES = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.INCONCLUSIVE: "other"}


def render(run_dir: Path, *, lang: str = "en") -> Path:
    """Write ctrf.json into a finished run's directory and return its path.

    Raises:
        UsageError: the folder holds no verdict.
    """
    run = finished.read(run_dir)
    tests = _tests(run, lang)
    starts = [p.start_ns for p in run.verdict.phases]
    ends = [p.end_ns for p in run.verdict.phases if p.end_ns]
    counted = {
        status: sum(t["status"] == status for t in tests)
        for status in ("passed", "failed", "pending", "skipped", "other")
    }
    report = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": {"name": "recharge-chaos"},
            "summary": {
                "tests": len(tests),
                **counted,
                "start": min(starts, default=0) // 1_000_000,
                "stop": max(ends, default=0) // 1_000_000,
            },
            "tests": tests,
            "environment": {"extra": _environment(run)},
        },
    }
    path = run_dir / "ctrf.json"
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _tests(run: Finished, lang: str) -> list[dict[str, Any]]:
    whole_ms = round(sum(s or 0 for s in run.verdict.timings.values()) * 1_000)
    reasons = "\n".join(reason[lang] for reason in run.reasons)
    tests = [_test("verdict", run.verdict.verdict, whole_ms, headline(run)[lang], reasons)]
    tests += [
        _test(f"law.{law.law}", law.verdict, 0, both(law.title)[lang], _trace(law, lang))
        for law in run.laws
    ]
    for slo in run.verdict.slo:
        message = f"{slo.slo}: {words.say('slo.observed', lang)} {page.said_slo(slo, lang)}"
        tests.append(_test(f"slo.{slo.slo}", slo.verdict, 0, message, ""))
    for missing in run.verdict.not_applicable:
        name = one_line(f"law.{missing.law}", 200)
        message = one_line(both(missing.title)[lang], 500)
        tests.append({"name": name, "status": "skipped", "duration": 0, "message": message})
    return tests


def _test(name: str, verdict: Verdict, ms: int, message: str, trace: str) -> dict[str, Any]:
    test = {
        "name": one_line(name, 200),
        "status": STATUSES[verdict],
        "duration": ms,
        "message": one_line(message, 500),
        "rawStatus": str(verdict),
    }
    return {**test, "trace": clean(trace, 20_000)} if trace else test


def _trace(law: Law, lang: str) -> str:
    told = [
        f"{order_name(finding)}: {one_line(both(finding.says)[lang], 500)}"
        for finding in law.findings[:MOST_FINDINGS]
    ]
    lines = [f"{law.law}: {words.number(law.broken)}", both(law.reason)[lang], *told]
    left = law.broken - len(told)
    if law.findings and left > 0:
        lines.append(words.say("more", lang, n=left))
    return "\n".join(line for line in lines if line)


def _environment(run: Finished) -> dict[str, Any]:
    return {
        "run": one_line(run.verdict.run, 200),
        "scenario": one_line(run.verdict.scenario, 200),
        "target": one_line(run.verdict.target, 200),
        "seed": run.verdict.seed,
        "time_scale": run.time_scale,
    }
