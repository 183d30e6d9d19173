"""The books of a payment gateway at work: trades come to be, are paid, close and are refunded."""

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Leg
from mock_upstreams.desk import Desk, Happened, who_of
from mock_upstreams.dialect import Ask, Dialect, Found, Notice
from mock_upstreams.house import House
from mock_upstreams.ledger import GatewayBook
from mock_upstreams.notifier import Notifier, Who
from mock_upstreams.records import Reason, Refund, Trade


class GatewayDesk(Desk):
    """What a gateway does when it is asked."""

    def __init__(
        self, name: str, dialect: Dialect, house: House, notifier: Notifier, *, book: GatewayBook
    ) -> None:
        super().__init__(name, dialect, house, notifier)
        self.book = book
        self._forging = house.strikes.at(name, Leg.NOTIFY, "create")

    def who(self, ask: Ask) -> Who:
        """Read the intent from what the platform wrote at create; later calls know it from the trade."""
        if ask.op == "create":
            return who_of(self.house.intent_in(ask.texts()), ask.order_no)
        trade = self._trade_named_by(ask)
        if trade is None:
            return who_of(None, ask.order_no or ask.ref or ask.refund_no)
        return who_of(trade.intent, trade.order_no)

    def plan(self, ask: Ask, at_ns: int) -> Found | Reason:
        """Look what would be answered."""
        if ask.op == "query":
            return self._query(ask, at_ns)
        trade = self._find(ask, at_ns)
        if ask.op == "create":
            return self.book.plan_create(ask, at_ns)
        if ask.op == "close":
            return self.book.plan_close(trade)
        if ask.op == "refund":
            return self.book.plan_refund(ask, trade, at_ns)
        return self.book.plan_pay(trade)

    def changes(self, ask: Ask, found: Found) -> bool:
        """Say whether this call is the one that makes the trade, closes it, or takes or gives back money."""
        if isinstance(found, Refund):
            return ask.op == "refund" and found.refund_no not in found.trade.refunds
        if not isinstance(found, Trade) or ask.op == "query":
            return False
        return found.ref not in self.book.trades if ask.op == "create" else found.state == "unpaid"

    def facts(self, ask: Ask, found: Found) -> dict[str, str | int]:  # noqa: ARG002
        """Return the amount: what is asked for, taken or given back."""
        assert isinstance(found, (Trade, Refund))
        return {"amount_fen": found.amount_fen}

    def effect(self, ask: Ask, found: Found, done: Delivery | None, who: Who) -> Happened:
        """Do it now, do it late, or leave it."""
        assert isinstance(found, (Trade, Refund))
        if isinstance(found, Trade) and ask.op == "create":
            found.intent = who.intent
        if done is None:
            return "dropped"
        amount_fen = int(done.fields.get("amount_fen", found.amount_fen))
        if ask.op in {"create", "refund"}:
            found.amount_fen = amount_fen
        if isinstance(found, Refund):
            self.book.accept(found)
        if done.after_ms > 0:
            self.house.late(done.after_ms, self._do, ask.op, found, amount_fen, who)
            return "late"
        self._do(ask.op, found, amount_fen, who)
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

    def _post(self, trade: Trade, who: Who) -> None:
        if self.book.post(trade):
            self.house.totals.created += 1
            self.house.recorder.moved()
            if self._forging.armed:
                notice = Notice(op="create", id=f"F{trade.ref}", at_ns=now_ns(), trade=trade)
                self._tell(notice, trade.notify_url, who)

    def _capture(self, trade: Trade, amount_fen: int, who: Who) -> None:
        self._lapse(trade, now_ns())
        if self.book.capture(trade, amount_fen, now_ns()):
            trade.intent = who.intent
            self.house.totals.paid += 1
            self.truth("captured", trade, amount_fen)
            notice = Notice(op="pay", id=f"P{trade.ref}", at_ns=trade.paid_ns, trade=trade)
            self._tell(notice, trade.notify_url, who)

    def _give_back(self, refund: Refund, who: Who) -> None:
        if self.book.settle(refund, now_ns()):
            trade = refund.trade
            self.house.totals.refunded += 1
            detail = {"refund_no": refund.refund_no, "refund_ref": refund.ref}
            self.truth("refunded", trade, refund.amount_fen, detail=detail)
            if "refund" in self.dialect.notifies:
                notice = Notice(
                    op="refund",
                    id=f"R{refund.ref}",
                    at_ns=refund.done_ns,
                    trade=trade,
                    refund=refund,
                )
                self._tell(notice, refund.notify_url, who)

    def _tell(self, notice: Notice, url: str, who: Who) -> None:
        if url:
            self.notifier.start(self.name, self.dialect, notice, url, who)

    def _query(self, ask: Ask, at_ns: int) -> Found | Reason:
        if ask.about == "orders":
            return self.book.latest(ask.limit, ask.page)
        if ask.about == "bill":
            return self.book.moved(*ask.between_ns)
        if ask.about == "refund":
            return self.book.refund_by_no(ask.refund_no, ask.ref) or Reason.NOT_FOUND
        return self._find(ask, at_ns) or Reason.NOT_FOUND

    def _find(self, ask: Ask, at_ns: int) -> Trade | None:
        trade = self.book.find(ask.order_no, ask.ref)
        if trade is not None:
            self._lapse(trade, at_ns)
        return trade

    def _lapse(self, trade: Trade, at_ns: int) -> None:
        if self.book.lapse(trade, at_ns):
            self.truth("closed", trade, trade.amount_fen, detail={"reason": "expired"})

    def _trade_named_by(self, ask: Ask) -> Trade | None:
        if ask.about == "refund":
            refund = self.book.refund_by_no(ask.refund_no, ask.ref)
            return refund.trade if refund else None
        return self.book.find(ask.order_no, ask.ref)
