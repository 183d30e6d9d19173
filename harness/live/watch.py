"""Watches thresholds while orders come, for those that are to end the load early (`abort_on_fail`).

Latencies are judged over all samples so far. An order counts against a share once the platform's own promise for it is
over, or at once where it was refused: an order on its way proves nothing.
"""

from pathlib import Path

import msgspec

from harness.core.event import Event
from harness.core.plan import Plan, longest_promise_ms
from harness.invariants.slo import COMPARE, Slo, parse_slo
from harness.live.tally import Tally, share_bounds


class Crossed(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that was crossed, and by what: ms, or percent of a share."""

    slo: str
    observed: float


class Watch:
    """The thresholds of one run that may end it, and its journals so far."""

    def __init__(self, plan: Plan, journals: Path) -> None:
        self._after_ns = {text: int(ms * 1e6) for text, ms in plan.aborts.items()}
        self._slos = {text: parse_slo(text) for text in plan.aborts}
        self._promise_ns = int(longest_promise_ms(plan) * 1e6 / plan.time_scale)
        self._tally = Tally(journals, plan.own_stock)

    def look(self, now_ns: int, t0_ns: int) -> Crossed | None:
        """Read what the journals have gained; return the first threshold that is crossed and past its grace.

        Raises:
            OSError: a journal cannot be read.
        """
        if not self._slos:
            return None
        self._tally.update()
        due = [slo for text, slo in self._slos.items() if now_ns - t0_ns >= self._after_ns[text]]
        for slo in due:
            value = self._value(slo, now_ns)
            if value is not None and not COMPARE[slo.op](value, slo.bound):
                shown = value * 100 if slo.metric.endswith("_share") else value
                return Crossed(slo=slo.text, observed=round(shown, 3))
        return None

    def end(self, crossed: Crossed) -> Event:
        """Look no more, since one threshold ends a load; return the row that says so."""
        self._slos = {}
        detail = {"observed": f"{crossed.observed:.3f}"}
        return Event(vantage="nemesis", kind="abort", ref=crossed.slo, detail=detail)

    def _value(self, slo: Slo, now_ns: int) -> float | None:
        if not slo.metric.endswith("_share"):
            return self._tally.latency_ms()[slo.metric]
        least, most = share_bounds(self._tally, now_ns, self._promise_ns)[slo.metric]
        return most if slo.op.startswith(">") else least
