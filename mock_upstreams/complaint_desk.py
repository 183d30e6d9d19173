"""A gateway's complaint desk at work: customers complain, the platform answers, and both are told of it.

    POST /payer/complain --hear--> book --notice--> the platform's inbox
    the platform's calls --plan, do--> book --notice--> the same, since the platform may have many offices

Whatever a call is about its operation is `complaint`; `extra["act"]` says which one it is:
list, detail, respond, complete, approve_refund, reject_refund, inbox_get, inbox_set, inbox_change, inbox_drop.
"""

from typing import cast

from harness.core.clock import now_ns
from mock_upstreams.complaints import Act, Complaint, ComplaintBook, Inbox
from mock_upstreams.desk import Desk
from mock_upstreams.dialect import Ask, Found, Notice
from mock_upstreams.letter import Who
from mock_upstreams.records import Reason, Refund, Trade

_STEPS = frozenset({"respond", "complete", "approve_refund", "reject_refund"})
_INBOX = frozenset({"inbox_set", "inbox_change", "inbox_drop"})


class ComplaintDesk:
    """The part of a gateway's desk that complaints come to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.book = ComplaintBook()

    def trade_of(self, ask: Ask) -> Trade | None:
        """Return the trade that a call's complaint is about."""
        complaint = self.book.find(ask.ref)
        return complaint.trade if complaint else None

    def plan(self, ask: Ask) -> Found | Reason:
        """Look what would be answered: complaints, one complaint, or the platform's inbox."""
        act = ask.extra["act"]
        if act == "list":
            return self.book.made(*ask.between_ns)
        if act == "inbox_set" and self.book.inbox.url:
            return Reason.DUPLICATE
        if act.startswith("inbox"):
            missing = act != "inbox_set" and not self.book.inbox.url
            return Reason.NOT_FOUND if missing else self.book.inbox
        complaint = self.book.find(ask.ref)
        if complaint is None:
            return Reason.NOT_FOUND
        over = complaint.state == "processed" and act in _STEPS
        return Reason.CLOSED if over else complaint

    def changes(self, ask: Ask) -> bool:
        """Say whether a call is more than a look."""
        return ask.extra["act"] in _STEPS | _INBOX

    def do(self, ask: Ask, found: Complaint | Inbox, who: Who) -> None:
        """Let the platform's word be heard, or its inbox be known."""
        act = ask.extra["act"]
        if isinstance(found, Inbox):
            found.url = "" if act == "inbox_drop" else ask.notify_url
        else:
            self._step(found, cast(Act, act), ask.subject, who)
            detail = {"complaint": found.id, "act": act}
            self._desk.truth("answered", found.trade, found.amount_fen, state=act, detail=detail)

    def hear(
        self, trade: Trade, text: str, who: Who, *, amount_fen: int = 0, phone: str = ""
    ) -> Complaint:
        """Take a customer's complaint, write it down as a truth, and tell the platform."""
        complaint = self.book.hear(trade, text, now_ns(), amount_fen=amount_fen, phone=phone)
        act = complaint.history[-1].act
        detail = {"complaint": complaint.id, "act": act}
        self._desk.truth("complained", trade, complaint.amount_fen, state=act, detail=detail)
        self._tell(complaint, act, who)
        return complaint

    def refunded(self, refund: Refund, who: Who) -> None:
        """Remark on a complaint that money went back for its trade."""
        complaint = self.book.about(refund.trade)
        if complaint is not None:
            self._step(complaint, "refund", "", who)

    def _step(self, complaint: Complaint, act: Act, text: str, who: Who) -> None:
        self.book.step(complaint, act, now_ns(), text)
        self._desk.house.recorder.moved()
        self._tell(complaint, act, who)

    def _tell(self, complaint: Complaint, act: Act, who: Who) -> None:
        desk, at = self._desk, complaint.history[-1].at_ns
        notice = Notice(
            op="complain",
            id=f"C{complaint.id}{len(complaint.history):03d}",
            at_ns=at,
            trade=complaint.trade,
            complaint=complaint,
            act=act,
            inbox=self.book.inbox.url,
        )
        url = desk.dialect.notify_url(notice) if "complain" in desk.dialect.notifies else ""
        if url:
            desk.notifier.start(desk.name, desk.dialect, notice, url, who)
