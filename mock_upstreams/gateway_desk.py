"""The books of a payment gateway at work: trades come to be, are paid, close and are refunded."""

from collections.abc import Mapping

from harness.core.chance import chance
from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Leg
from harness.faults.delay import Delay
from mock_upstreams.complaint_desk import ComplaintDesk
from mock_upstreams.complaints import Complaint, Inbox
from mock_upstreams.desk import Desk, Happened, who_of
from mock_upstreams.dialect import Ask, Dialect, Found, Notice
from mock_upstreams.house import House
from mock_upstreams.ledger import GatewayBook
from mock_upstreams.letter import Who
from mock_upstreams.notifier import Notifier
from mock_upstreams.records import Reason, Refund, Trade
from mock_upstreams.service import Limit

_NO_LIMITS: Mapping[str, Limit] = {}
LINK_S_MIN = 10.0
"""Real seconds that a pay link is good for at least: a platform hands it on no sooner at a higher scale."""


class GatewayDesk(Desk):
    """What a gateway does when it is asked."""

    def __init__(
        self,
        name: str,
        dialect: Dialect,
        house: House,
        notifier: Notifier,
        *,
        book: GatewayBook,
        clearing: Delay | None = None,
        limits: Mapping[str, Limit] = _NO_LIMITS,
    ) -> None:
        super().__init__(name, dialect, house, notifier)
        self.book = book
        self._limits = limits
        self._clearing = clearing
        self.complaints = ComplaintDesk(self)
        self._forging = house.strikes.at(name, Leg.NOTIFY, "create")

    @property
    def forging(self) -> bool:
        """Somebody sends notifications of trades that nobody has paid."""
        return bool(self._forging.armed)

    @property
    def meddles(self) -> bool:
        """More than the books says what becomes of a create: it may come too often, or be told of though unpaid."""
        return bool(self._limits) or self.forging

    def who(self, ask: Ask) -> Who:
        """Read the intent from what the platform wrote at create; later calls know it from the trade."""
        if ask.op == "create":
            return who_of(self.house.intent_in(ask.texts()), ask.order_no)
        complaint = ask.op == "complaint"
        trade = self.complaints.trade_of(ask) if complaint else self._trade_named_by(ask)
        if trade is None:
            return who_of(None, ask.order_no or ask.ref or ask.refund_no)
        return who_of(trade.intent, trade.order_no)

    def plan(self, ask: Ask, at_ns: int) -> Found | Reason:
        """Look what would be answered."""
        limit = self._limits.get(ask.op) if self._limits else None
        if limit is not None and limit.exceeded(at_ns):
            return Reason.RATE_LIMITED
        if ask.op == "query":
            return self._query(ask, at_ns)
        if ask.op == "complaint":
            return self.complaints.plan(ask)
        if ask.about == "abnormal":
            return self.book.plan_abnormal(ask.refund_no, ask.ref)
        trade = self._find(ask, at_ns)
        if ask.op == "create":
            if ask.expires_ms and not ask.expires_ns:
                ask.expires_ns = at_ns + int(self.house.real_s(ask.expires_ms) * 1e9)
            return self._plan_create(ask, at_ns)
        if ask.op == "close":
            if trade is not None and ask.undo and trade.state == "paid":
                return self._plan_undo(ask, trade, at_ns)
            return self.book.plan_close(trade)
        if ask.op == "refund":
            return self._plan_refund(ask, trade, at_ns)
        return self._plan_pay(trade, at_ns)

    def at_once(self, ask: Ask, at_ns: int, who: Who) -> tuple[Found | Reason, bool]:
        """Take the short way for a create of a new number; it does what plan, changes and effect would."""
        if (
            ask.op != "create"
            or ask.expires_ms
            or self._limits
            or self.book.find(ask.order_no) is not None
        ):
            return super().at_once(ask, at_ns, who)
        trade = self.book.plan_create(ask, at_ns)
        if isinstance(trade, Reason):
            return trade, False
        trade.intent = who.intent
        self._post(trade, who)
        return trade, True

    def _plan_create(self, ask: Ask, at_ns: int) -> Trade | Reason:
        """Plan a trade, or find the one that is there: then its link is handed out again, and good for as long anew."""
        trade = self.book.plan_create(ask, at_ns)
        if isinstance(trade, Trade) and trade.created_ns != at_ns:
            trade.linked_ns = at_ns
        return trade

    def _plan_pay(self, trade: Trade | None, at_ns: int) -> Trade | Reason:
        """Plan to take money by a link, if that is still good; what shall come after closing comes by whatever way."""
        found = self.book.plan_pay(trade)
        if not isinstance(found, Trade) or found.state != "unpaid" or self.book.takes_after_close:
            return found
        good_ms = self.dialect.link_ms(found)
        good_s = max(self.house.real_s(good_ms), LINK_S_MIN) if good_ms else 0.0
        given_ns = found.linked_ns or found.created_ns
        dead = good_ms > 0 and at_ns - given_ns > good_s * 1e9
        return Reason.LINK_EXPIRED if dead else found

    def _plan_refund(self, ask: Ask, trade: Trade | None, at_ns: int) -> Refund | Reason:
        refund = self.book.plan_refund(ask, trade, at_ns)
        ask.repeated = isinstance(refund, Refund) and refund.refund_no in refund.trade.refunds
        return refund

    def _plan_undo(self, ask: Ask, trade: Trade, at_ns: int) -> Found | Reason:
        """Plan to give back what is left of a paid trade; the trade itself if nothing is left."""
        refund = self._plan_refund(ask, trade, at_ns)
        return trade if refund is Reason.REFUND_TOO_MUCH else refund

    def changes(self, ask: Ask, found: Found) -> bool:
        """Say whether this call is the one that makes the trade, closes it, or takes or gives back money."""
        if isinstance(found, Refund):
            gives_back = ask.op == "refund" or ask.undo
            if ask.about == "abnormal":
                return found.abnormal
            return gives_back and found.refund_no not in found.trade.refunds
        if isinstance(found, (Complaint, Inbox)):
            return self.complaints.changes(ask)
        if not isinstance(found, Trade) or ask.op == "query":
            return False
        if ask.op == "create":
            return found.ref not in self.book.trades
        return ask.op == "pay" or found.state == "unpaid"

    def facts(self, ask: Ask, found: Found) -> dict[str, str | int]:  # noqa: ARG002
        """Return the amount: what is asked for, taken or given back."""
        assert isinstance(found, (Trade, Refund, Complaint, Inbox))
        if isinstance(found, Inbox):
            return {}
        return {"amount_fen": found.amount_fen}

    def effect(self, ask: Ask, found: Found, done: Delivery | None, who: Who) -> Happened:
        """Do it now, do it late, or leave it."""
        if isinstance(found, (Complaint, Inbox)):
            return self._hear(ask, found, done, who)
        assert isinstance(found, (Trade, Refund))
        if isinstance(found, Trade) and ask.op == "create":
            found.intent = who.intent
        if done is None:
            return "dropped"
        amount_fen = int(done.fields.get("amount_fen", found.amount_fen))
        if ask.op == "create" or isinstance(found, Refund):
            found.amount_fen = amount_fen
        if isinstance(found, Refund):
            self.book.accept(found)
        if done.after_ms > 0:
            self.house.late(done.after_ms, self._do, ask.op, found, amount_fen, who)
            return "late"
        self._do(ask.op, found, amount_fen, who)
        return "done"

    def hurry(self, ask: Ask, found: Found, who: Who) -> None:
        """Let the customer pay at once, as with a password-free agreement."""
        if ask.op == "create" and isinstance(found, Trade) and found.ref in self.book.trades:
            self._do("pay", found, found.amount_fen, who)

    def _hear(
        self, ask: Ask, found: Complaint | Inbox, done: Delivery | None, who: Who
    ) -> Happened:
        if done is None:
            return "dropped"
        if done.after_ms > 0:
            self.house.late(done.after_ms, self.complaints.do, ask, found, who)
            return "late"
        self.complaints.do(ask, found, who)
        return "done"

    def _do(self, op: str, found: Trade | Refund, amount_fen: int, who: Who) -> None:
        if isinstance(found, Refund):
            self._give_back(found, who)
        elif op == "create":
            self._post(found, who)
        elif op == "pay":
            self._capture(found, amount_fen, who)
        elif self.book.close(found, now_ns()):
            self.truth("closed", found, found.amount_fen)
            self._tell_closed(found)

    def _post(self, trade: Trade, who: Who) -> None:
        if self.book.post(trade):
            self.house.totals.created += 1
            self.house.recorder.moved()
            if self.forging:
                notice = Notice(op="create", id=f"F{trade.ref}", at_ns=now_ns(), trade=trade)
                self._tell(notice, who)

    def _capture(self, trade: Trade, amount_fen: int, who: Who) -> None:
        """Let the bank take the money; the gateway knows at once, or when it has been cleared."""
        self._lapse(trade, now_ns())
        if not self.book.take(trade, amount_fen):
            return
        trade.intent = who.intent
        self.house.totals.paid += 1
        self.truth("captured", trade, amount_fen)
        if self._clearing is None:
            self._enter(trade, who)
        else:
            self.house.late(self._clearing_ms(who), self._clear, trade, who)

    def _clearing_ms(self, who: Who) -> float:
        def roll(name: str) -> float:
            return chance(self.house.seed, self.name, f"clearing {name}", who.key)

        assert self._clearing is not None
        (cleared,) = self._clearing.strike(Delivery(leg=Leg.EFFECT, op="pay"), roll)
        return cleared.after_ms

    def _clear(self, trade: Trade, who: Who) -> None:
        """Book what was taken a while ago; a trade that was closed meanwhile sends it back to the customer."""
        self._lapse(trade, now_ns())
        if self._enter(trade, who):
            self.truth("posted", trade, trade.captured_fen)
        else:
            self.house.totals.refunded += 1
            back_fen = self.book.bounce(trade)
            self.truth("refunded", trade, back_fen, detail={"reason": "closed before cleared"})

    def _enter(self, trade: Trade, who: Who) -> bool:
        if not self.book.enter(trade, now_ns()):
            return False
        notice = Notice(op="pay", id=f"P{trade.ref}", at_ns=trade.paid_ns, trade=trade)
        self._tell(notice, who)
        if self.book.finishes_ms:
            self.house.later(self.book.finishes_ms, self._finish, trade, who)
        return True

    def _finish(self, trade: Trade, who: Who) -> None:
        """Let nothing more be given back, and tell so where closing is told."""
        if self.book.finish(trade, now_ns()) and "close" in self.dialect.notifies:
            at_ns = trade.finished_ns
            self._tell(Notice(op="close", id=f"D{trade.ref}", at_ns=at_ns, trade=trade), who)

    def _give_back(self, refund: Refund, who: Who) -> None:
        if not refund.abnormal and self.dialect.strands(refund):
            refund.abnormal = True
            self._tell_refund(refund, who)
        elif self.book.settle(refund, now_ns()):
            trade = refund.trade
            self.house.totals.refunded += 1
            detail = {"refund_no": refund.refund_no, "refund_ref": refund.ref}
            self.truth("refunded", trade, refund.amount_fen, detail=detail)
            self._tell_refund(refund, who)
            self.complaints.refunded(refund, who)

    def _tell_refund(self, refund: Refund, who: Who) -> None:
        if "refund" in self.dialect.notifies:
            at_ns, trade = refund.done_ns or now_ns(), refund.trade
            which = f"R{refund.ref}{'A' if refund.abnormal else ''}"
            notice = Notice(op="refund", id=which, at_ns=at_ns, trade=trade, refund=refund)
            self._tell(notice, who)

    def _tell(self, notice: Notice, who: Who) -> None:
        url = self.dialect.notify_url(notice)
        if url:
            self.notifier.start(self.name, self.dialect, notice, url, who)

    def _query(self, ask: Ask, at_ns: int) -> Found | Reason:
        if ask.about == "orders":
            return self.book.latest(ask.limit, ask.page)
        if ask.about == "bill":
            return self.book.moved(*ask.between_ns)
        if ask.about == "refund":
            return self._query_refund(ask, at_ns)
        return self._find(ask, at_ns) or Reason.NOT_FOUND

    def _query_refund(self, ask: Ask, at_ns: int) -> Found | Reason:
        if self.dialect.refund_scope == "merchant":
            return self.book.refund_by_no(ask.refund_no, ask.ref) or Reason.NOT_FOUND
        trade = self._find(ask, at_ns)
        if trade is None:
            return Reason.NOT_FOUND
        return self.book.refund_by_no(ask.refund_no, trade=trade) or trade

    def _find(self, ask: Ask, at_ns: int) -> Trade | None:
        trade = self.book.find(ask.order_no, ask.ref)
        if trade is None or self.dialect.hides(ask, trade):
            return None
        self._lapse(trade, at_ns)
        return trade

    def _lapse(self, trade: Trade, at_ns: int) -> None:
        if self.book.lapse(trade, at_ns):
            self.truth("closed", trade, trade.amount_fen, detail={"reason": "expired"})
            self._tell_closed(trade)

    def _tell_closed(self, trade: Trade) -> None:
        if "close" in self.dialect.notifies:
            notice = Notice(op="close", id=f"C{trade.ref}", at_ns=now_ns(), trade=trade)
            self._tell(notice, who_of(trade.intent, trade.order_no))

    def _trade_named_by(self, ask: Ask) -> Trade | None:
        if ask.about in {"refund", "abnormal"} and self.dialect.refund_scope == "merchant":
            refund = self.book.refund_by_no(ask.refund_no, ask.ref)
            return refund.trade if refund else None
        return self.book.find(ask.order_no, ask.ref)
