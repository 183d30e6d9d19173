"""Thresholds of a scenario: `place_p95 < 500ms`, `delivered_share >= 99%`.

place_ pay_ status_  p50 p90 p95 p99   real time until the platform (or the bank app) answered, the driver's own
                                       lateness added, so that a stall is felt by everybody who came during it
delivered_           p50 p90 p95 p99   real time from the intended start until the customer saw the goods
placed_share                           accepted orders of those that customers asked for
paid_share                             charged orders of accepted ones
delivered_share                        delivered orders of charged ones

A threshold that is to end the load early is written as k6 knows it:

    {threshold: "place_p95 < 2s", abort_on_fail: true, delay_abort_eval: 10s}
"""

import operator
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from harness.core.errors import did_you_mean
from harness.core.units import duration_ms, share_of_one
from harness.core.verdict import Verdict

COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
TIMED = ("place", "pay", "status", "delivered")
PERCENTILES = ("p50", "p90", "p95", "p99")
SHARES = ("placed_share", "paid_share", "delivered_share")
METRICS = (*(f"{t}_{p}" for t in TIMED for p in PERCENTILES), *SHARES)
_GRAMMAR = re.compile(r"\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*")


class Slo(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold; `bound` is milliseconds, or a share of one."""

    text: str
    metric: str
    op: str
    bound: float


class Threshold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A threshold with what becomes of the load when it is crossed; the grace is real time since the first arrival."""

    threshold: str
    abort_on_fail: bool = False
    delay_abort_eval: str = "10s"

    def __post_init__(self) -> None:
        parse_slo(self.threshold)
        duration_ms(self.delay_abort_eval)


def parse_slo(text: str) -> Slo:
    """Read a threshold.

    Raises:
        ValueError: it is none; the message says what would be.
    """
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        raise ValueError(f"a threshold such as 'place_p95 < 500ms', not {text!r}")
    metric, op, value = match.groups()
    if metric not in METRICS:
        raise ValueError(f"no metric {metric!r}{did_you_mean(metric, METRICS)}")
    bound = share_of_one(value) if metric.endswith("_share") else duration_ms(value)
    return Slo(text=text.strip(), metric=metric, op=op, bound=bound)


def judge_slo(text: str, observed: Mapping[str, float | None]) -> dict[str, Any]:
    """Compare a threshold with what was observed by metric (ms, or shares of one); without samples conclude nothing.

    What is returned as observed is in ms, or in percent.
    """
    try:
        slo = parse_slo(text)
    except ValueError as error:
        return {"slo": text, "verdict": Verdict.INCONCLUSIVE, "observed": str(error)}
    value = observed.get(slo.metric)
    if value is None:
        return {"slo": slo.text, "verdict": Verdict.INCONCLUSIVE, "observed": None}
    verdict = Verdict.PASS if COMPARE[slo.op](value, slo.bound) else Verdict.FAIL
    shown = value * 100 if slo.metric.endswith("_share") else value
    return {"slo": slo.text, "verdict": verdict, "observed": round(shown, 3)}


def ended(told: dict[str, Any], observed: float) -> dict[str, Any]:
    """Return the judgement of a threshold that ended the load: broken, whatever the orders under way came to."""
    return {**told, "verdict": Verdict.FAIL, "observed": observed, "aborted": True}


def in_words(told: Mapping[str, Any]) -> str:
    """Return what a threshold's judgement observed as people say it: 740 ms, 47.76 s, 2 min 05 s, 98.5%."""
    value = told["observed"]
    if not isinstance(value, int | float):
        return str(value)
    return f"{value:.4g}%" if "_share" in told["slo"] else _span(value)


def _span(ms: float) -> str:
    if ms < 1_000:
        return f"{ms:.4g} ms"
    if ms < 60_000:
        return f"{ms / 1_000:.4g} s"
    seconds = round(ms / 1_000)
    if seconds < 3_600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    return f"{seconds // 3_600} h {seconds % 3_600 // 60:02d} min"
