"""What the live page and its metrics show: the tally and the laws, each made anew at its own pace in a thread.

The pace is bounded by what it costs: looking at the journals takes a twentieth of a core at most, counting a tenth.
"""

import threading
from pathlib import Path
from typing import Any

import msgspec

from harness.core.clock import now_ns, tick_s
from harness.core.plan import Plan
from harness.live import laws
from harness.live.laws import Counted
from harness.live.tally import Tally, as_json

LOOK_S, LOOK_REST = 1.0, 19.0
COUNT_S, COUNT_REST = 4.0, 9.0
MOST_POINTS = 600
COUNTED = frozenset({"load", "heal", "settle", "audit", "check"})


class News:
    """The latest state of a run, for any number of readers."""

    def __init__(self, run_dir: Path, plan: Plan, scratch: Path) -> None:
        self._run_dir = run_dir
        self._plan = plan
        self._scratch = scratch
        self._tally = Tally(run_dir / "journals", plan.own_stock)
        self._points: list[dict[str, float]] = []
        self._stop = threading.Event()
        self._fresh = threading.Condition()
        self._number = 0
        self._broken = ""
        self.counted = Counted()
        self.state: dict[str, Any] = {}
        self._look()

    def start(self) -> None:
        """Begin to look and to count."""
        for work in (self._look_on, self._count_on):
            threading.Thread(target=work, daemon=True, name=work.__name__).start()

    def end(self) -> None:
        """Look once more, tell all readers that the run is over, and stop."""
        self._stop.set()
        self._look(over=True)

    def wait(self, number: int, within_s: float) -> tuple[int, dict[str, Any]]:
        """Wait for news after the given number; return the number and the state, old or new."""
        with self._fresh:
            self._fresh.wait_for(lambda: self._number > number, timeout=within_s)
            return self._number, self.state

    def _look_on(self) -> None:
        while not self._stop.is_set():
            began_s = tick_s()
            self._look()
            self._stop.wait(max(LOOK_S, LOOK_REST * (tick_s() - began_s)))

    def _look(self, *, over: bool = False) -> None:
        try:
            self._tally.update()
        except OSError as error:
            self._broken = str(error)
        found = as_json(self._tally)
        begun_ns = found["phases"].get("load")
        at_s = (now_ns() - begun_ns) / 1e9 if begun_ns else None
        if at_s is not None and at_s >= 0 and found["phase"] not in {"", "prepare"}:
            self._point(at_s, found["orders"])
        with self._fresh:
            self._number += 1
            self.state = {
                **found,
                "at_s": at_s,
                "over": over,
                "broken": self._broken,
                "laws": msgspec.to_builtins(self.counted),
                "laws_at_s": (self.counted.at_ns - begun_ns) / 1e9 if begun_ns else None,
                "points": self._points,
            }
            self._fresh.notify_all()

    def _point(self, at_s: float, orders: dict[str, int]) -> None:
        """Remember where the orders were; of a long run every other point is let go."""
        kept = {name: orders[name] for name in ("placed", "paid", "delivered", "open")}
        self._points = [*self._points, {"at_s": round(at_s, 2), **kept}]
        if len(self._points) > MOST_POINTS:
            self._points = self._points[::2]

    def _count_on(self) -> None:
        """Count the laws again and again, once there is something to count."""
        while not self._stop.is_set():
            rest_s = COUNT_S
            if self.state["phase"] in COUNTED and not self.counted.too_long:
                self.counted = laws.count(self._run_dir, self._plan, self._scratch)
                rest_s = max(COUNT_S, COUNT_REST * self.counted.took_s)
            self._stop.wait(rest_s)
