"""The state of a run as Prometheus text. The mocks have metrics of their own; the page's server hands them on.

Source: Prometheus exposition formats, text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.core.plan import Plan
from harness.invariants.summary import PHASES

TYPE = "text/plain; version=0.0.4; charset=utf-8"
_P = "recharge_chaos_run"
Values = Sequence[tuple[Mapping[str, Any], float | None]]
"""Labels and a value, None for one that is not known."""


def text(plan: Plan, state: Mapping[str, Any]) -> str:
    """Return all metrics of the supervisor's side of a run."""
    return "\n".join(_lines(plan, state)) + "\n"


def _lines(plan: Plan, state: Mapping[str, Any]) -> Iterator[str]:
    labels = {"run": plan.run, "scenario": plan.scenario, "target": plan.target, "seed": plan.seed}
    yield from _metric("info", "gauge", "Which run this is.", [(labels, 1)])
    phases = [({"phase": name}, int(state["phase"] == name)) for name in PHASES]
    yield from _metric("phase", "gauge", "1 for the phase that the run is in.", phases)
    orders = dict(state["orders"])
    backlog = orders.pop("open")
    stages = [({"stage": name}, n) for name, n in orders.items()]
    yield from _metric("orders", "gauge", "Orders that got so far.", stages)
    yield from _metric(
        "backlog_orders", "gauge", "Orders paid, without goods or money back.", [({}, backlog)]
    )
    struck = [({"strike": s.id}, state["strikes"].get(s.id, 0)) for s in plan.strikes]
    yield from _metric("struck_orders", "gauge", "Orders that a strike has met.", struck)
    yield from _metric(
        "upstream_errors_total",
        "counter",
        "Exchanges with upstreams that did not end well.",
        [({}, state["upstream_errors"])],
    )
    yield from _times(state)
    yield from _laws(state["laws"])
    ended = int(bool(state["aborted"]))
    yield from _metric(
        "load_ended_early", "gauge", "1 once a threshold ended the load.", [({}, ended)]
    )


def _times(state: Mapping[str, Any]) -> Iterator[str]:
    late = [({"quantile": _quantile(p)}, _s(ms)) for p, ms in state["lateness_ms"].items()]
    yield from _metric(
        "driver_lateness_seconds", "gauge", "How late the driver itself was, so far.", late
    )
    waits = []
    for name, ms in state["latency_ms"].items():
        timed, _, p = name.partition("_")
        waits.append(({"of": timed, "quantile": _quantile(p)}, _s(ms)))
    yield from _metric(
        "latency_seconds", "gauge", "What customers waited, so far, real time.", waits
    )


def _laws(counted: Mapping[str, Any]) -> Iterator[str]:
    told: list[tuple[dict[str, Any], float | None]] = []
    for law in counted["laws"]:
        told += [
            ({"law": law["law"], "is": what}, law[what]) for what in ("cases", "open", "broken")
        ]
    yield from _metric(
        "law_cases",
        "gauge",
        "Cases of each law so far; broken only where nothing that comes later can mend it.",
        told,
    )
    yield from _metric(
        "laws_counted_timestamp_seconds",
        "gauge",
        "When the laws were counted last.",
        [({}, counted["at_ns"] / 1e9)],
    )


def _metric(name: str, kind: str, says: str, values: Values) -> Iterator[str]:
    """Yield one metric with its values; what is not known yet is left out."""
    known = [(labels, value) for labels, value in values if value is not None]
    if known:
        yield f"# HELP {_P}_{name} {says}"
        yield f"# TYPE {_P}_{name} {kind}"
    for labels, value in known:
        inside = ",".join(f'{key}="{_label(value)}"' for key, value in labels.items())
        yield f"{_P}_{name}{f'{{{inside}}}' if inside else ''} {value:.10g}"


def _label(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _quantile(name: str) -> str:
    return f"{int(name[1:]) / 100:g}"


def _s(ms: float | None) -> float | None:
    return None if ms is None else ms / 1_000
