"""The books of an operator at work: an order is taken and debited, and later delivered, or failed and credited."""

import msgspec

from harness.core.chance import chance
from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Leg
from harness.faults.delay import Delay
from mock_upstreams.desk import Desk, Happened, who_of
from mock_upstreams.dialect import Ask, Dialect, Found, Notice
from mock_upstreams.house import House
from mock_upstreams.ledger import OperatorBook
from mock_upstreams.notifier import Notifier, Who
from mock_upstreams.records import Reason, SupplierOrder


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an operator works, in upstream time; the time from submit to goods is lognormal."""

    median_ms: float = 3_000.0
    p95_ms: float = 10_000.0
    fails: float = 0.0
    """The share of orders that fail after their service time."""
    notices_after_ms: float = 60_000.0
    """When an operator whose effect was dropped finds out, fails the order and gives the money back."""

    def __post_init__(self) -> None:
        if not 0 < self.median_ms < self.p95_ms:
            raise ValueError("a service time whose p95_ms is greater than its median_ms, above 0")
        if not 0 <= self.fails <= 1:
            raise ValueError("a share of failures between 0 and 1")


class OperatorDesk(Desk):
    """What an operator does when it is asked."""

    def __init__(
        self,
        name: str,
        dialect: Dialect,
        house: House,
        notifier: Notifier,
        *,
        book: OperatorBook,
        service: Service,
    ) -> None:
        super().__init__(name, dialect, house, notifier)
        self.book = book
        self._service = service
        self._time = Delay(
            by=f"{service.median_ms:f}ms", p95=f"{service.p95_ms:f}ms", shape="lognormal"
        )

    def who(self, ask: Ask) -> Who:
        """Read the intent from the account, or from the remark of card goods."""
        if ask.op == "submit":
            return who_of(self.house.intent_in(ask.texts()), ask.order_no)
        known = self.book.query((ask.order_no, *ask.order_nos), (ask.ref, *ask.refs))
        if known:
            return who_of(known[0].intent, known[0].order_no)
        return who_of(None, ask.order_no or "".join(ask.order_nos[:1]) or ask.ref)

    def plan(self, ask: Ask, at_ns: int) -> Found | Reason:
        """Look what would be answered."""
        if ask.op == "balance":
            return self.book.balance_fen
        if ask.about == "goods":
            return self.book.shelves(ask.sku)
        if ask.op == "query":
            return self.book.query((ask.order_no, *ask.order_nos), (ask.ref, *ask.refs))
        return self.book.plan_submit(ask, at_ns)

    def changes(self, ask: Ask, found: Found) -> bool:  # noqa: ARG002
        """Say whether this call is the one that makes the order."""
        return isinstance(found, SupplierOrder) and found.ref not in self.book.orders

    def facts(self, ask: Ask, found: Found) -> dict[str, str | int]:  # noqa: ARG002
        """Return to whom goes how much: an operator that mixes up accounts is a rewrite of the effect."""
        assert isinstance(found, SupplierOrder)
        return {"account": found.account, "quantity": found.quantity}

    def effect(self, ask: Ask, found: Found, done: Delivery | None, who: Who) -> Happened:  # noqa: ARG002
        """Take the order, and let the goods follow: in time, late, or never, until the operator notices."""
        assert isinstance(found, SupplierOrder)
        found.intent = who.intent
        self.book.take(found)
        self.house.totals.submitted += 1
        self.house.totals.open += 1
        self.house.recorder.moved()
        if done is None:
            self.house.later(self._service.notices_after_ms, self._fail, found, who)
            return "dropped"
        found.account = str(done.fields.get("account", found.account))
        found.quantity = int(done.fields.get("quantity", found.quantity))
        fails = chance(self.house.seed, self.name, "fails", who.key) < self._service.fails
        act = self._fail if fails else self._deliver
        self.house.later(self._service_ms(who) + done.after_ms, act, found, who)
        return "late" if done.after_ms > 0 else "done"

    def _service_ms(self, who: Who) -> float:
        def roll(name: str) -> float:
            return chance(self.house.seed, self.name, name, who.key)

        (served,) = self._time.strike(Delivery(leg=Leg.EFFECT, op="submit"), roll)
        return served.after_ms

    def _deliver(self, order: SupplierOrder, who: Who) -> None:
        self.book.deliver(order, now_ns())
        self.house.totals.delivered += 1
        detail: dict[str, int | list[str]] = {"units": order.quantity}
        if order.cards:
            detail["cards"] = [card.number for card in order.cards]
        self._over("delivered", order, who, detail)

    def _fail(self, order: SupplierOrder, who: Who) -> None:
        self.book.fail(order, now_ns())
        self.house.totals.failed += 1
        self._over("failed", order, who, {"units": 0})

    def _over(
        self, kind: str, order: SupplierOrder, who: Who, detail: dict[str, int | list[str]]
    ) -> None:
        self.house.totals.open -= 1
        self.truth(kind, order, order.cost_fen, detail=detail)
        if order.notify_url:
            notice = Notice(op="submit", id=f"S{order.ref}", at_ns=order.done_ns, order=order)
            self.notifier.start(self.name, self.dialect, notice, order.notify_url, who)
