"""From a run directory to its verdict: convert, build facts, run laws, pass the gates, write verdict.json.

FAIL          a law or a threshold was broken; it wins over everything
INCONCLUSIVE  nothing was broken, but a gate says why that proves nothing
PASS          every required law had cases, all of them held, and the run was whole
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from harness.core import plan as plans
from harness.core.errors import UsageError
from harness.core.plan import Plan
from harness.core.verdict import Verdict
from harness.invariants import confidence, coverage, gates, reconcile, slo, summary
from harness.invariants.checker import Judged, build_facts, run_laws
from harness.invariants.journals import convert
from harness.invariants.law import laws
from harness.invariants.reason import Reason
from harness.invariants.slo import in_words
from harness.invariants.store import Store


def judge(run_dir: Path) -> dict[str, Any]:
    """Judge a run by its journals, write verdict.json into its directory, and return what it says.

    A damaged run is judged as far as it goes, and its verdict says what is missing.

    Raises:
        UsageError: the directory has no plan, so that it is not known what it was to be.
    """
    plan = _plan(run_dir)
    with Store(run_dir) as store:
        found = _judged(plan, lambda: convert(store, run_dir, plan), store)
    encoded = msgspec.json.format(msgspec.json.encode(found), indent=1)
    (run_dir / "verdict.json").write_bytes(encoded)
    return msgspec.json.decode(encoded, type=dict[str, Any])


def _plan(run_dir: Path) -> Plan:
    try:
        return plans.read(run_dir)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{run_dir} is no run directory: {error}") from None


def _judged(plan: Plan, prepare: Callable[[], list[Reason]], store: Store) -> dict[str, Any]:
    """Return the verdict; whatever the engine itself cannot do is a reason, too."""
    try:
        return weigh(store, plan, prepare())
    except duckdb.Error as error:
        text = " ".join(str(error).split())
        reason = Reason(f"The run cannot be read: {text}", f"运行数据无法读取：{text}")
        return {**_said(Verdict.INCONCLUSIVE, [reason]), **_identity(plan), **_NOTHING}


def weigh(store: Store, plan: Plan, trouble: list[Reason]) -> dict[str, Any]:
    """Judge what parquet/events.parquet holds; `trouble` is what is already known to be missing from it.

    Raises:
        duckdb.Error: the facts cannot be made.
    """
    build_facts(store, plan)
    begun = summary.phases(store)
    # Who died first: what is missing besides is missing for that.
    died = (*gates.phases(begun), *gates.processes(store))
    trouble = [*died, *trouble, *gates.kept_back(store)]
    wanted = [header for header in laws() if header.name in plan.laws]
    judged = run_laws(store, wanted, whole=not trouble)
    load, totals = summary.load(store, plan), summary.counts(store)
    times, struck = summary.latency(store, plan), summary.strikes(store, plan)
    measured = summary.observed(times, totals, plan, begun=load["intents"])
    aborted = summary.aborted(store, plan, load)
    kept = [_judged_slo(text, measured, aborted) for text in plan.slo]
    standing = reconcile.reconcile(store)
    covered = coverage.grid(store, plan)
    reasons = [
        *gates.aborted(aborted),
        *_breaches(judged, kept),
        *trouble,
        *gates.arrivals(plan, load, cut=aborted is not None),
        *gates.progress(store, totals),
        *gates.goods(store, plan, totals),
        *gates.strikes(struck),
        *gates.laws(plan, judged),
        *coverage.gate(covered),
        *_unmeasured(kept),
    ]
    return {
        **_said(_verdict(judged, kept, reasons), reasons),
        **_identity(plan),
        "laws": [_law(one) for one in judged],
        "not_applicable": _not_applicable(plan),
        "slo": kept,
        "aborted": aborted,
        "strikes": struck,
        "load": load,
        "counts": totals,
        "latency": times,
        "reconciliation": standing,
        "loss": reconcile.loss(standing, totals["placed"]),
        "drop_rate": confidence.drop_rate(store, plan),
        "coverage": covered,
        "phases": begun,
        "timings": summary.timings(begun),
    }


_NOTHING: dict[str, Any] = {
    "aborted": None,
    **{
        part: []
        for part in ("laws", "not_applicable", "slo", "strikes", "reconciliation", "phases")
    },
    **{
        part: {}
        for part in ("load", "counts", "latency", "loss", "drop_rate", "coverage", "timings")
    },
}


def _verdict(judged: list[Judged], kept: list[dict[str, Any]], reasons: list[Reason]) -> Verdict:
    if any(one.broken for one in judged) or any(s["verdict"] is Verdict.FAIL for s in kept):
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if reasons else Verdict.PASS


def _breaches(judged: list[Judged], kept: list[dict[str, Any]]) -> list[Reason]:
    broken = [
        Reason(
            f"{one.header.title['en']}: {one.broken} of {one.cases} cases broken.",
            f"{one.header.title['zh']}：{one.cases} 例中有 {one.broken} 例违反。",
        )
        for one in judged
        if one.broken
    ]
    missed = [
        Reason(f"{s['slo']}: {in_words(s)} was observed.", f"{s['slo']}：实测为 {in_words(s)}。")
        for s in kept
        if s["verdict"] is Verdict.FAIL and "aborted" not in s
    ]
    return broken + missed


def _judged_slo(
    text: str, measured: dict[str, float | None], aborted: dict[str, Any] | None
) -> dict[str, Any]:
    told = slo.judge_slo(text, measured)
    if aborted and aborted["slo"] == told["slo"]:
        return slo.ended(told, aborted["observed"])
    return told


def _unmeasured(kept: list[dict[str, Any]]) -> list[Reason]:
    return [
        Reason(f"{s['slo']}: there are no samples.", f"{s['slo']}：没有样本。")
        for s in kept
        if s["verdict"] is Verdict.INCONCLUSIVE
    ]


def _law(one: Judged) -> dict[str, Any]:
    return {
        "law": one.header.name,
        "title": one.header.title,
        "why": one.header.why,
        "severity": one.header.severity,
        "verdict": one.verdict,
        "cases": one.cases,
        "held": one.held,
        "broken": one.broken,
        "unknown": one.unknown,
        "reason": {"en": one.reason.en, "zh": one.reason.zh} if one.reason else "",
        "findings": one.findings,
    }


def _not_applicable(plan: Plan) -> list[dict[str, Any]]:
    """Return the laws that need what the target does not have: they are no gap of the run."""
    return [
        {"law": header.name, "title": header.title, "needs": plan.not_applicable[header.name]}
        for header in laws()
        if header.name in plan.not_applicable
    ]


def _identity(plan: Plan) -> dict[str, Any]:
    names = ("run", "scenario", "target", "defects", "seed", "time_scale")
    return {name: getattr(plan, name) for name in names}


def _said(verdict: Verdict, reasons: list[Reason]) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "reasons": [reason.en for reason in reasons],
        "reasons_zh": [reason.zh for reason in reasons],
    }
