"""Complaints that customers make at a gateway, as the gateway keeps them; whichever dialect has words for them.

    customer --raise--> pending --respond--> processing --complete--> processed
                           ^------------- raised once more ----------------'

Like the ledger these are records and plain functions over them, without time or wire of their own.
"""

from typing import Literal

import msgspec

from mock_upstreams.records import Trade

ComplaintState = Literal["pending", "processing", "processed"]
Act = Literal[
    "raise", "add", "continue", "respond", "complete", "approve_refund", "reject_refund", "refund"
]
"""raise, add (once more while it is open) and continue (once more after its end) are the customer's, `refund` the
gateway's own remark that money went back, all others the platform's."""
SAID_BY_CUSTOMER = frozenset({"raise", "add", "continue"})
_MOVES: dict[str, ComplaintState] = {
    "continue": "pending",
    "respond": "processing",
    "complete": "processed",
    "approve_refund": "processing",
    "reject_refund": "processing",
}


class Step(msgspec.Struct, frozen=True):
    """One thing that was said or done about a complaint, and when (wall ns)."""

    act: Act
    at_ns: int
    text: str = ""


class Complaint(msgspec.Struct, kw_only=True):
    """One complaint about one trade; `history` begins with what the customer said first."""

    id: str
    trade: Trade
    amount_fen: int
    """What the customer wants back, 0 for no money."""
    phone: str = ""
    state: ComplaintState = "pending"
    times: int = 1
    """How often the customer came with it."""
    waiting: bool = True
    """The customer has said something that the platform has not answered yet."""
    history: list[Step] = []

    @property
    def created_ns(self) -> int:
        """When the customer came first."""
        return self.history[0].at_ns

    @property
    def text(self) -> str:
        """What the customer said first."""
        return self.history[0].text


class Inbox(msgspec.Struct):
    """Where a platform wants to be told of complaints; nowhere if `url` is empty."""

    url: str = ""


class ComplaintBook:
    """The complaints of one gateway, oldest first."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self._by_id: dict[str, Complaint] = {}
        self._by_trade: dict[str, Complaint] = {}

    def find(self, complaint_id: str) -> Complaint | None:
        """Return a complaint by its number."""
        return self._by_id.get(complaint_id)

    def about(self, trade: Trade) -> Complaint | None:
        """Return the complaint about a trade; there is one at most."""
        return self._by_trade.get(trade.ref)

    def made(self, begin_ns: int, end_ns: int) -> list[Complaint]:
        """Return the complaints that were first made within a span of wall time."""
        return [c for c in self._by_id.values() if begin_ns <= c.created_ns < end_ns]

    def next_id(self, time_ns: int) -> str:
        """Return the number that the next complaint will have: 25 digits that begin with 2, as WeChat Pay's.

        Source: WX-OA docs/v3/merchant-service, by its examples, read 2026-11-22.
        """
        return f"2000{time_ns // 10**9:011d}{len(self._by_id) + 1:010d}"

    def hear(
        self, trade: Trade, text: str, now_ns: int, *, amount_fen: int = 0, phone: str = ""
    ) -> Complaint:
        """Take what a customer says: a complaint about this trade, or more on the one that there is."""
        known = self._by_trade.get(trade.ref)
        if known is None:
            made = Complaint(
                id=self.next_id(now_ns), trade=trade, amount_fen=amount_fen, phone=phone
            )
            self._by_id[made.id] = self._by_trade[trade.ref] = made
            self.step(made, "raise", now_ns, text)
            return made
        known.times += 1
        known.amount_fen = amount_fen or known.amount_fen
        self.step(known, "continue" if known.state == "processed" else "add", now_ns, text)
        return known

    def step(self, complaint: Complaint, act: Act, now_ns: int, text: str = "") -> None:
        """Let something happen to a complaint, and remember it."""
        complaint.history.append(Step(act, now_ns, text))
        complaint.state = _MOVES.get(act, complaint.state)
        complaint.waiting = act in SAID_BY_CUSTOMER or (complaint.waiting and act == "refund")
