"""What a process of upstreams has done: rows into its journal, and totals for whoever waits."""

import msgspec

from harness.core.clock import now_ns
from harness.core.event import Event
from harness.core.journal import Journal
from mock_upstreams.dialect import Answer

SAID_BYTES = 160
"""How much of an answer is kept for whoever looks for the reason."""


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
        self.journal = journal
        self.totals = Totals()

    def row(self, event: Event) -> None:
        """Write one row."""
        if self.journal is not None:
            self.journal.write(event)

    def unread(self, side: str, channel: str, path: str, answer: Answer) -> None:
        """Write down that a request was refused before anybody knew what it wanted, so that its sender can be told."""
        self.totals.unreadable += 1
        detail = {"path": path, "said": answer.body[:SAID_BYTES].decode("utf-8", "replace")}
        self.row(
            Event(
                vantage=side,
                kind="unreadable",
                channel=channel,
                outcome="fail",
                http_status=answer.status,
                detail=detail,
            )
        )

    def moved(self) -> None:
        """Something other than a read has happened."""
        self.totals.last_move_ns = now_ns()

    def close(self) -> None:
        """Close the journal."""
        if self.journal is not None:
            self.journal.close()
