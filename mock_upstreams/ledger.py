"""The books of the upstreams: what really happened, whatever was said about it.

Plain functions over records, without time or input and output of their own. Each change comes in two steps, so that
a strike may stand between: `plan_*` looks and answers with a record or a `Reason` and changes nothing; the verb itself
(`post`, `capture`, `settle`, `deliver` ...) makes it true.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from operator import itemgetter
from typing import Literal

from harness.core.chance import keyed_int
from harness.core.identity import tail_of
from mock_upstreams.dialect import Ask, Duplicates
from mock_upstreams.records import Card, Product, Reason, Refund, Shelf, SupplierOrder, Trade

Number = Callable[[Literal["trade", "refund", "order"], int, int], str]
"""Makes an upstream's own numbers: kind, serial, wall time; Dialect.number."""


class GatewayBook:
    """Trades and refunds of one gateway. Money taken less money given back is never negative."""

    def __init__(self, number: Number, duplicates: Duplicates, expires_ns: int) -> None:
        self.trades: dict[str, Trade] = {}
        self._by_no: dict[str, Trade] = {}
        self._refunds: dict[str, Refund] = {}
        self._number = number
        self._duplicates = duplicates
        self._expires_ns = expires_ns
        self._serial = 0

    def find(self, order_no: str = "", ref: str = "") -> Trade | None:
        """Return a trade by either number; of several with one order number the paid one, else the latest."""
        return self.trades.get(ref) if ref else self._by_no.get(order_no)

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
        known = self._by_no.get(ask.order_no)
        if known is None or self._duplicates == "accept_new":
            return self._draft(ask, now_ns)
        if known.state == "paid":
            return Reason.ALREADY_PAID
        if known.state == "closed":
            return Reason.CLOSED
        if self._duplicates == "reject":
            return Reason.DUPLICATE
        return known if known.fingerprint == ask.fingerprint else Reason.PARAMS_CHANGED

    def _draft(self, ask: Ask, now_ns: int) -> Trade:
        self._serial += 1
        return Trade(
            ref=self._number("trade", self._serial, now_ns),
            order_no=ask.order_no,
            amount_fen=ask.amount_fen,
            created_ns=now_ns,
            expires_ns=ask.expires_ns or now_ns + self._expires_ns,
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
        known = self._by_no.get(trade.order_no)
        if known is None or known.state != "paid":
            self._by_no[trade.order_no] = trade
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
        if trade.state == "paid":
            return Reason.ALREADY_PAID
        if trade.state == "closed":
            return Reason.EXPIRED if trade.closed_ns == trade.expires_ns else Reason.CLOSED
        return trade

    def capture(self, trade: Trade, amount_fen: int, now_ns: int) -> bool:
        """Take a customer's money; return False if the trade is no longer unpaid."""
        if trade.state != "unpaid":
            return False
        trade.state, trade.paid_ns, trade.captured_fen = "paid", now_ns, amount_fen
        self._by_no[trade.order_no] = trade
        return True

    def refund_by_no(self, refund_no: str, ref: str = "") -> Refund | None:
        """Return a refund by the platform's number, or by the gateway's."""
        if refund_no:
            return self._refunds.get(refund_no)
        return next((r for r in self._refunds.values() if r.ref == ref), None)

    def plan_refund(self, ask: Ask, trade: Trade | None, now_ns: int) -> Refund | Reason:
        """Return a refund that is not yet accepted, or the one of the same number; never more than was captured."""
        if trade is None:
            return Reason.NOT_FOUND
        if trade.state != "paid":
            return Reason.NOT_PAID
        accepted = sum(r.amount_fen for r in trade.refunds.values())
        known = self._refunds.get(ask.refund_no) if ask.refund_no else None
        amount = ask.amount_fen or (known.amount_fen if known else trade.captured_fen - accepted)
        if known is not None:
            same = known.trade is trade and known.amount_fen == amount
            return known if same else Reason.REFUND_CHANGED
        if amount <= 0 or accepted + amount > trade.captured_fen:
            return Reason.REFUND_TOO_MUCH
        self._serial += 1
        ref = self._number("refund", self._serial, now_ns)
        return Refund(
            trade=trade,
            refund_no=ask.refund_no or ref,
            ref=ref,
            amount_fen=amount,
            created_ns=now_ns,
            notify_url=ask.notify_url,
            reason=ask.subject,
        )

    def accept(self, refund: Refund) -> bool:
        """Promise a planned refund; return False if it was promised before.

        What a strike made too much is cut to what is left.
        """
        trade = refund.trade
        if refund.refund_no in self._refunds:
            return False
        left = trade.captured_fen - sum(r.amount_fen for r in trade.refunds.values())
        refund.amount_fen = max(0, min(refund.amount_fen, left))
        trade.refunds[refund.refund_no] = self._refunds[refund.refund_no] = refund
        return True

    def settle(self, refund: Refund, now_ns: int) -> bool:
        """Give a promised refund's money back; return False if that was done before."""
        if refund.done_ns:
            return False
        refund.done_ns = now_ns
        refund.trade.refunded_fen += refund.amount_fen
        return True


class OperatorBook:
    """Orders, balance and card stock of one operator.

    At any time `balance_fen` + the cost of the orders that have not failed = `balance_in_fen`.
    """

    def __init__(
        self,
        *,
        name: str,
        seed: int,
        products: dict[str, Product],
        number: Number,
        duplicates: Duplicates,
        balance_fen: int,
    ) -> None:
        self.orders: dict[str, SupplierOrder] = {}
        self.balance_fen = self.balance_in_fen = balance_fen
        self._by_no: dict[str, list[SupplierOrder]] = {}
        self._products = products
        self._number = number
        self._duplicates = duplicates
        self._name = name
        self._card_seed = keyed_int(seed, name, "cards")
        self._serial = 0
        self._cards_sold = 0

    def query(self, order_nos: Sequence[str], refs: Sequence[str] = ()) -> list[SupplierOrder]:
        """Return the orders of these numbers, in their order; unknown numbers are missing."""
        found = [order for no in order_nos for order in self._by_no.get(no, ())]
        return found + [self.orders[ref] for ref in refs if ref in self.orders]

    def shelves(self, sku: str = "") -> list[Shelf]:
        """Return the price list, or the one product asked for."""
        products = [p for p in self._products.values() if not sku or p.id == sku]
        return [Shelf(product=product) for product in products]

    def plan_submit(self, ask: Ask, now_ns: int) -> SupplierOrder | Reason:
        """Return a new order that is not yet taken, or the one of the same number where that is reused."""
        known = self._by_no.get(ask.order_no)
        if known and not self._again(known[-1]):
            return known[-1] if self._duplicates == "reuse" else Reason.DUPLICATE
        product = self._products.get(ask.sku)
        if product is None:
            return Reason.NO_PRODUCT
        cost_fen = product.cost_fen * ask.quantity
        if 0 < ask.amount_fen < cost_fen:
            return Reason.COST_ABOVE_LIMIT
        if cost_fen > self.balance_fen:
            return Reason.LOW_BALANCE
        self._serial += 1
        return SupplierOrder(
            ref=self._number("order", self._serial, now_ns),
            serial=self._serial,
            order_no=ask.order_no,
            account=ask.account,
            product=product,
            quantity=ask.quantity,
            cost_fen=cost_fen,
            created_ns=now_ns,
            remark=ask.attach,
            notify_url=ask.notify_url,
            extra=ask.extra,
        )

    def _again(self, known: SupplierOrder) -> bool:
        """Say whether a number that was used may be used for another order."""
        if self._duplicates == "accept_after_failed":
            return known.state == "failed"
        return self._duplicates == "accept_new"

    def take(self, order: SupplierOrder) -> bool:
        """Accept a planned order and debit its cost; return False if it was accepted before."""
        if order.ref in self.orders:
            return False
        self.orders[order.ref] = order
        self._by_no.setdefault(order.order_no, []).append(order)
        self.balance_fen -= order.cost_fen
        return True

    def deliver(self, order: SupplierOrder, now_ns: int) -> None:
        """Hand the goods out; card goods get cards that nobody else has."""
        assert order.state == "delivering", order
        order.state, order.done_ns, order.done_units = "delivered", now_ns, order.quantity
        if order.product.kind == "cards":
            order.cards = [self._new_card() for _ in range(order.quantity)]

    def fail(self, order: SupplierOrder, now_ns: int) -> None:
        """Give up and credit the cost back."""
        assert order.state == "delivering", order
        order.state, order.done_ns, order.back_fen = "failed", now_ns, order.cost_fen
        self.balance_fen += order.back_fen

    def _new_card(self) -> Card:
        """The permuted counter makes a number unique, the hash makes both parts hard to guess."""
        self._cards_sold += 1
        unique = tail_of(self._card_seed, self._cards_sold)
        guess = keyed_int(self._card_seed, "number", self._cards_sold) % 10**8
        password = keyed_int(self._card_seed, "password", self._cards_sold)
        prefix = self._name[:2].upper()
        return Card(f"{prefix}{unique}{guess:08d}", f"{password:016X}")
