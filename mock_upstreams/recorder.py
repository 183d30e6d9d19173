"""What a process of upstreams has done: rows into its journal, and totals for whoever waits."""

import msgspec

from harness.core.clock import now_ns
from harness.core.event import Event
from harness.core.journal import Journal


class Totals(msgspec.Struct):
    """Running totals, and two gauges."""

    created: int = 0
    paid: int = 0
    refunded: int = 0
    submitted: int = 0
    delivered: int = 0
    failed: int = 0
    notified: int = 0
    acked: int = 0
    unreadable: int = 0
    """Requests that were refused before anybody knew what they wanted: bad signatures, unknown paths."""
    pending: int = 0
    """Notifications still to be tried, and effects that come late."""
    open: int = 0
    """Operator orders not yet final."""
    last_move_ns: int = 0


class Recorder:
    """Writes rows, if there is a journal, and keeps the totals."""

    def __init__(self, journal: Journal | None) -> None:
        self._journal = journal
        self.totals = Totals()

    def row(self, event: Event) -> None:
        """Write one row."""
        if self._journal is not None:
            self._journal.write(event)

    def moved(self) -> None:
        """Something other than a read has happened."""
        self.totals.last_move_ns = now_ns()

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()
