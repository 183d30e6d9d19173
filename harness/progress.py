"""Live progress of a run: one panel that keeps changing on a terminal, plain lines where there is none."""

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from harness.core.clock import tick_s

PLAIN_EVERY_S = 5.0


class Progress:
    """Shows the phase, orders placed / paid / delivered, strikes so far, and the time left."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._live: Live | None = None
        self._phase = ""
        self._began_s = tick_s()
        self._said_s = 0.0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(console=self._console, refresh_per_second=4, transient=True)
            self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)

    def phase(self, name: str) -> None:
        """Say that a phase begins."""
        self._phase = name
        self.show({}, None)
        if self._live is None:
            self._say(name)
            self._said_s = tick_s()

    def note(self, text: str) -> None:
        """Say a sentence that stays on the console."""
        self._say(text)

    def show(self, stats: dict[str, Any], left_s: float | None) -> None:
        """Show the totals so far; `left_s` is an estimate, None where nobody knows."""
        strikes = sum(s["struck"] for s in stats.get("strikes", {}).values())
        line = (
            f"placed {stats.get('created', 0)}  paid {stats.get('paid', 0)}"
            f"  delivered {stats.get('delivered', 0)}  strikes {strikes}"
        )
        left = "" if left_s is None else f"  {max(0.0, left_s):.0f} s left"
        if self._live is not None:
            self._live.update(self._panel(line, left))
        elif stats and tick_s() - self._said_s >= PLAIN_EVERY_S:
            self._said_s = tick_s()
            self._say(f"{self._phase}: {line}{left}")

    def _say(self, text: str) -> None:
        self._console.print(f"{self._elapsed():>6.1f} s  {text}", highlight=False, soft_wrap=True)

    def _panel(self, line: str, left: str) -> Table:
        grid = Table.grid(padding=(0, 2))
        grid.add_row(f"[bold]{self._title}[/]", f"[cyan]{self._phase}[/]{left}")
        grid.add_row(f"{self._elapsed():.0f} s", line)
        return grid

    def _elapsed(self) -> float:
        return tick_s() - self._began_s
