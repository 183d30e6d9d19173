"""The books of the gateways: what really happened, whatever was said about it. `operator_ledger` has the operators'.

Plain functions over records, without time or input and output of their own. Each change comes in two steps, so that
a strike may stand between: `plan_*` looks and answers with a record or a `Reason` and changes nothing; the verb itself
(`post`, `capture`, `settle`, `deliver` ...) makes it true.
"""

from collections.abc import Callable
from itertools import islice
from operator import itemgetter
from typing import Literal

from mock_upstreams.dialect import Ask, Duplicates
from mock_upstreams.records import Reason, Refund, Trade
from mock_upstreams.refund_rules import RefundRules

Number = Callable[[Literal["trade", "refund", "order"], int, int], str]
"""Makes an upstream's own numbers: kind, serial, wall time; Dialect.number."""


_NO_RULES = RefundRules()


class GatewayBook:
    """Trades and refunds of one gateway. Money taken less money given back is never negative."""

    def __init__(
        self,
        number: Number,
        duplicates: Duplicates,
        expires_ns: int,
        refund_scope: Literal["merchant", "trade"] = "merchant",
        *,
        takes_after_close: bool = False,
        finishes_ms: float = 0.0,
        forgets_unpaid: bool = False,
        number_kept_ms: float = 0.0,
        refund_rules: RefundRules = _NO_RULES,
        ns_per_ms: float = 1e6,
    ) -> None:
        """Take `ns_per_ms`: how much wall time a ms of upstream time is."""
        self.trades: dict[str, Trade] = {}
        self.by_no: dict[str, Trade] = {}
        self._refunds: dict[tuple[str, str], Refund] = {}
        self._number = number
        self._duplicates = duplicates
        self.expires_ns = expires_ns
        self._per_trade = refund_scope == "trade"
        self.takes_after_close = takes_after_close
        self._forgets_unpaid = forgets_unpaid
        self._number_kept_ns = int(number_kept_ms * ns_per_ms)
        self.finishes_ms = finishes_ms
        """How long (upstream) after its payment a trade becomes final; 0 for never."""
        self._refund_rules = refund_rules
        self._ns_per_ms = ns_per_ms
        self.serial = 0

    def find(self, order_no: str = "", ref: str = "") -> Trade | None:
        """Return a trade by either number; of several with one order number the paid one, else the latest."""
        return self.trades.get(ref) if ref else self.by_no.get(order_no)

    def latest(self, limit: int, page: int) -> list[Trade]:
        """Return a page of trades, newest first; pages count from 1."""
        start = (max(page, 1) - 1) * limit
        return list(islice(reversed(self.trades.values()), start, start + limit))

    def moved(self, begin_ns: int, end_ns: int) -> list[Trade | Refund]:
        """Return the trades paid and the refunds done within a span of wall time, oldest first."""
        moved: list[tuple[int, Trade | Refund]]
        moved = [(t.paid_ns, t) for t in self.trades.values() if begin_ns <= t.paid_ns < end_ns]
        moved += [(r.done_ns, r) for r in self._refunds.values() if begin_ns <= r.done_ns < end_ns]
        return [record for _, record in sorted(moved, key=itemgetter(0))]

    def plan_create(self, ask: Ask, now_ns: int) -> Trade | Reason:
        """Return a new trade that is not yet posted, or the one that the same call made before."""
        known = self.by_no.get(ask.order_no)
        if known is None or self._duplicates == "accept_new" or self._is_free(known, now_ns):
            return self._draft(ask, now_ns)
        if known.state == "paid":
            return Reason.ALREADY_PAID
        if known.state == "closed":
            return Reason.CLOSED
        if self._duplicates == "reject":
            return Reason.DUPLICATE
        return known if known.fingerprint == ask.fingerprint else Reason.PARAMS_CHANGED

    def _is_free(self, known: Trade, now_ns: int) -> bool:
        """Say whether a number that was used is remembered no more: its trade was deleted, or is too old."""
        if self._number_kept_ns and now_ns - known.created_ns > self._number_kept_ns:
            return True
        lapsed = known.state == "closed" or (known.state == "unpaid" and now_ns >= known.expires_ns)
        return self._forgets_unpaid and lapsed

    def _draft(self, ask: Ask, now_ns: int) -> Trade:
        self.serial += 1
        return Trade(
            ref=self._number("trade", self.serial, now_ns),
            order_no=ask.order_no,
            amount_fen=ask.amount_fen,
            created_ns=now_ns,
            expires_ns=ask.expires_ns or now_ns + self.expires_ns,
            subject=ask.subject,
            attach=ask.attach,
            notify_url=ask.notify_url,
            fingerprint=ask.fingerprint,
            extra=ask.extra,
        )

    def post(self, trade: Trade) -> bool:
        """Make a planned trade exist; return False if it did already."""
        if trade.ref in self.trades:
            return False
        self.trades[trade.ref] = trade
        known = self.by_no.get(trade.order_no)
        if known is None or known.state != "paid":
            self.by_no[trade.order_no] = trade
        return True

    def lapse(self, trade: Trade, now_ns: int) -> bool:
        """Close a trade whose time to be paid is over; return True if this did it."""
        if trade.state != "unpaid" or now_ns < trade.expires_ns:
            return False
        trade.state, trade.closed_ns = "closed", trade.expires_ns
        return True

    def plan_close(self, trade: Trade | None) -> Trade | Reason:
        """Say whether a trade may be closed; closing twice is allowed."""
        if trade is None:
            return Reason.NOT_FOUND
        if trade.finished_ns:
            return Reason.FINISHED
        return Reason.ALREADY_PAID if trade.state == "paid" else trade

    def close(self, trade: Trade, now_ns: int) -> bool:
        """Close an unpaid trade; return False if it was paid or closed meanwhile."""
        if trade.state != "unpaid":
            return False
        trade.state, trade.closed_ns = "closed", now_ns
        return True

    def plan_pay(self, trade: Trade | None) -> Trade | Reason:
        """Say whether a trade can be paid."""
        if trade is None:
            return Reason.NOT_FOUND
        if trade.state == "paid" or trade.captured_fen:
            return Reason.ALREADY_PAID
        if trade.state == "closed" and not self.takes_after_close:
            return Reason.EXPIRED if trade.closed_ns == trade.expires_ns else Reason.CLOSED
        return trade

    def capture(self, trade: Trade, amount_fen: int, now_ns: int) -> bool:
        """Take a customer's money and book it; return False if the trade can no longer be paid."""
        return self.take(trade, amount_fen) and self.enter(trade, now_ns)

    def take(self, trade: Trade, amount_fen: int) -> bool:
        """Take a customer's money, which the trade does not show yet; False if it can no longer be paid."""
        if trade.captured_fen or not self._open_to_money(trade):
            return False
        trade.captured_fen = amount_fen
        return True

    def enter(self, trade: Trade, now_ns: int) -> bool:
        """Book money that was taken: the trade is paid. False if it was closed meanwhile."""
        if not self._open_to_money(trade):
            return False
        trade.state, trade.paid_ns = "paid", now_ns
        self.by_no[trade.order_no] = trade
        return True

    def finish(self, trade: Trade, now_ns: int) -> bool:
        """Make a paid trade final; return False if it is already, or if all of its money went back."""
        if trade.state != "paid" or trade.finished_ns or trade.refunded_fen >= trade.captured_fen:
            return False
        trade.finished_ns = now_ns
        return True

    def bounce(self, trade: Trade) -> int:
        """Send back money that was taken and cannot be booked; return how much, in fen."""
        assert trade.state == "closed", trade
        back_fen, trade.captured_fen = trade.captured_fen, 0
        return back_fen

    def _open_to_money(self, trade: Trade) -> bool:
        return trade.state == "unpaid" or (trade.state == "closed" and self.takes_after_close)

    def refund_by_no(
        self, refund_no: str, ref: str = "", trade: Trade | None = None
    ) -> Refund | None:
        """Return a refund by the platform's number (within its trade if numbers count there), or by the gateway's."""
        if refund_no:
            return self._refunds.get(self._refund_key(refund_no, trade))
        return next((r for r in self._refunds.values() if r.ref == ref), None)

    def _refund_key(self, refund_no: str, trade: Trade | None) -> tuple[str, str]:
        return trade.ref if trade and self._per_trade else "", refund_no

    def plan_refund(self, ask: Ask, trade: Trade | None, now_ns: int) -> Refund | Reason:
        """Return a refund that is not yet accepted, or the one of the same number; never more than was captured."""
        if trade is None:
            return Reason.NOT_FOUND
        if trade.state != "paid":
            return Reason.NOT_PAID
        if ask.price_fen and ask.price_fen not in {trade.captured_fen, trade.amount_fen}:
            return Reason.PRICE_DIFFERS
        accepted = sum(r.amount_fen for r in trade.refunds.values())
        refund_no = ask.refund_no or (trade.order_no if self._per_trade else "")
        known = self.refund_by_no(refund_no, trade=trade) if refund_no else None
        amount = ask.amount_fen or (known.amount_fen if known else trade.captured_fen - accepted)
        if known is not None:
            same = known.trade is trade and known.amount_fen == amount
            return known if same or self._refund_rules.number_alone else Reason.REFUND_CHANGED
        if trade.finished_ns:
            return Reason.FINISHED
        if amount <= 0 or accepted + amount > trade.captured_fen:
            return Reason.REFUND_TOO_MUCH
        # Undoing a payment is no refund that the merchant asks for.
        if not ask.undo and (why := self._refund_rules.forbid(trade, now_ns, self._ns_per_ms)):
            return why
        self.serial += 1
        ref = self._number("refund", self.serial, now_ns)
        return Refund(
            trade=trade,
            refund_no=refund_no or ref,
            ref=ref,
            amount_fen=amount,
            created_ns=now_ns,
            notify_url=ask.notify_url,
            reason=ask.subject,
        )

    def plan_abnormal(self, refund_no: str, ref: str) -> Refund | Reason:
        """Return a refund that failed and may be sent another way; one that was since is returned again."""
        refund = next((r for r in self._refunds.values() if r.ref == ref), None)
        if refund is None or refund.refund_no != refund_no:
            return Reason.NOT_FOUND
        return refund if refund.abnormal else Reason.NOT_ABNORMAL

    def accept(self, refund: Refund) -> bool:
        """Promise a planned refund; return False if it was promised before.

        What a strike made too much is cut to what is left.
        """
        trade = refund.trade
        key = self._refund_key(refund.refund_no, trade)
        if key in self._refunds:
            return False
        left = trade.captured_fen - sum(r.amount_fen for r in trade.refunds.values())
        refund.amount_fen = max(0, min(refund.amount_fen, left))
        trade.refunds[refund.refund_no] = self._refunds[key] = refund
        return True

    def settle(self, refund: Refund, now_ns: int) -> bool:
        """Give a promised refund's money back; return False if that was done before."""
        if refund.done_ns:
            return False
        refund.done_ns, refund.abnormal = now_ns, False
        refund.trade.refunded_fen += refund.amount_fen
        return True
