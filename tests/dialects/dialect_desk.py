"""One upstream without sockets and strikes: dialect and books, and the shortest way between them."""

import json
from itertools import count

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Leg, Signature
from mock_upstreams.dialect import Answer, Notice
from mock_upstreams.ledger import GatewayBook
from mock_upstreams.operator_ledger import OperatorBook
from mock_upstreams.records import Product, Reason

PRODUCTS = {
    "88": Product(id="88", cost_fen=4960, face_fen=5000, title="话费50元"),
    "401": Product(id="401", kind="cards", cost_fen=950, face_fen=1000, title="礼品卡10元"),
}


class Reply:
    """An answer as its caller sees it."""

    def __init__(self, answer):
        self.status, self.body, self.headers = answer.status, answer.body, dict(answer.headers)

    @property
    def json(self):
        return json.loads(self.body)


class Desk:
    def __init__(self, dialect):
        self.dialect = dialect
        self.clock = count(now_ns(), 1_000_000)
        if dialect.side == "gateway":
            self.book = GatewayBook(dialect.number, dialect.duplicates, 10**18)
        else:
            self.book = OperatorBook(
                name="kasushou",
                seed=1,
                products=dialect.products,
                number=dialect.number,
                duplicates=dialect.duplicates,
                balance_fen=100_000,
                frees_cancelled=dialect.frees_cancelled,
                pays_later=dialect.pays_later,
            )

    def asked(self, request):
        """Do what a request asks for; return the sealed reply."""
        ask = self.dialect.read(request)
        answer = ask if isinstance(ask, Answer) else self._done(ask)
        return Reply(self.dialect.seal(request, answer))

    def _done(self, ask):
        found = getattr(self, f"_{ask.op}")(ask)
        if isinstance(found, Reason):
            return self.dialect.refuse(ask, found)
        return self.dialect.answer(ask, found)

    def _create(self, ask):
        trade = self.book.plan_create(ask, next(self.clock))
        if not isinstance(trade, Reason):
            self.book.post(trade)
        return trade

    def _query(self, ask):
        if ask.about == "goods":
            return self.book.shelves(ask.sku)
        if ask.about == "orders" and self.dialect.side == "operator":
            return self.book.latest(ask.limit, ask.page, ask.account)
        if self.dialect.side == "operator":
            return self.book.query(ask.order_nos, ask.refs)
        if ask.about == "refund":
            return self.book.refund_by_no(ask.refund_no) or Reason.NOT_FOUND
        trade = self.book.find(ask.order_no, ask.ref)
        hidden = trade is None or self.dialect.hides(ask, trade)
        return Reason.NOT_FOUND if hidden else trade

    def _close(self, ask):
        if self.dialect.side == "operator":
            return self.book.query(ask.order_nos, ask.refs)
        trade = self.book.find(ask.order_no)
        planned = self.book.plan_close(trade)
        if trade is planned:
            self.book.close(trade, next(self.clock))
        return planned

    _claim = _close

    def _refund(self, ask):
        trade = self.book.find(ask.order_no, ask.ref)
        refund = self.book.plan_refund(ask, trade, next(self.clock))
        if not isinstance(refund, Reason):
            self.book.accept(refund)
        return refund

    def _submit(self, ask):
        order = self.book.plan_submit(ask, next(self.clock))
        if not isinstance(order, Reason):
            self.book.take(order)
        return order

    def _balance(self, _):
        return self.book.balance_fen

    def pay(self, pay_url, amount_fen=1990):
        trade = self.book.find(ref=self.dialect.trade_of(pay_url))
        assert self.book.capture(trade, amount_fen, next(self.clock))
        return trade

    def notified(self, notice, *, forged=False, attempt=1, **rewritten):
        """Render one notification, with facts rewritten."""
        signature = Signature.FORGED if forged else Signature.VALID
        delivery = Delivery(
            leg=Leg.NOTIFY,
            op=notice.op,
            attempt=attempt,
            fields=self.dialect.facts(notice) | rewritten,
            signature=signature,
        )
        return self.dialect.notify(notice, delivery, "http://127.0.0.1:9/notify")

    def notice(self, op, **record):
        return Notice(op=op, id="P1", at_ns=next(self.clock), **record)
