"""The books of an operator at work: an order is taken and debited, and later delivered, or failed and credited."""

from collections.abc import Callable
from functools import partial

from harness.core.chance import chance
from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Leg
from harness.faults.delay import Delay
from mock_upstreams.claims import Claims
from mock_upstreams.desk import Desk, Happened, who_of
from mock_upstreams.dialect import Ask, Dialect, Found, Notice
from mock_upstreams.house import House
from mock_upstreams.letter import Who
from mock_upstreams.notifier import Notifier
from mock_upstreams.operator_ledger import OperatorBook
from mock_upstreams.records import Reason, SupplierOrder
from mock_upstreams.service import Service, Workshop

PATIENCE_MS = 30_000.0
"""How long (upstream) the answer to a submit waits for its goods, where they are part of it."""

UNPAID_MS = 10_000.0
"""How long (upstream) an order stays that the balance does not cover, where it is taken all the same.

Source: 大猿人 `application/common/model/Porder.php` `agentApiPayPorder` (DYR), read 2026-12-01."""


def _release(waiting: list[Callable[[], None]]) -> None:
    """Call whoever waits, if nobody did before."""
    if waiting:
        waiting.pop()()


def _counted(units: float) -> int | str:
    """Write units into a journal: whole ones as a number, a part of one as text (nothing there is a float)."""
    return int(units) if units == int(units) else f"{units:.9g}"


def _who(order: SupplierOrder) -> Who:
    return who_of(order.intent, order.order_no)


def _end_of(order: SupplierOrder) -> Notice:
    """Return what tells that an order is final; a shared shop and its like have no address to tell it to."""
    return Notice(op="submit", id=f"S{order.ref}", at_ns=order.done_ns, order=order)


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
        self._forging = house.strikes.at(name, Leg.NOTIFY, "accept")
        self._workshop = Workshop(service, house.later, house.elapsed_ms, house.time_scale)
        self._claims = Claims(self, service.claims_after_ms, self._when_final)
        self._unfinished: dict[str, list[list[Callable[[], None]]]] = {}
        """Who waits for the end of an order, by its number; each is called once, whoever comes first."""
        self._time = Delay(
            by=f"{service.median_ms:f}ms", p95=f"{service.p95_ms:f}ms", shape="lognormal"
        )

    def who(self, ask: Ask) -> Who:
        """Read the intent from the account, or from the remark of card goods."""
        if ask.op == "submit":
            return who_of(self.house.intent_in(ask.texts()), ask.order_no or ask.account)
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
        if ask.about == "orders":
            return self.book.latest(ask.limit, ask.page, ask.account)
        if ask.op in {"query", "close", "claim"}:
            return self.book.query((ask.order_no, *ask.order_nos), (ask.ref, *ask.refs))
        return self._plan_submit(ask, at_ns)

    def _plan_submit(self, ask: Ask, at_ns: int) -> SupplierOrder | Reason:
        """Refuse what comes at a wrong hour or too often, whatever it asks; a full house refuses only new orders."""
        refusal = self._workshop.refuses(at_ns)
        if refusal is not None:
            return refusal
        found = self.book.plan_submit(ask, at_ns)
        if self._workshop.full() and self.changes(ask, found):
            return Reason.RATE_LIMITED
        return found

    def changes(self, ask: Ask, found: Found | Reason) -> bool:
        """Say whether this call is the one that makes the order, may end one before its time, or complains of one."""
        if ask.op == "claim":
            return bool(found)
        if ask.op == "close":
            return bool(self._to_cancel(found))
        return isinstance(found, SupplierOrder) and found.ref not in self.book.orders

    def _to_cancel(self, found: Found | Reason) -> list[SupplierOrder]:
        """Return what an application to cancel leads to: of those that are not final, the share that the terms name."""
        if not isinstance(found, list) or not self._service.cancels:
            return []
        orders = [o for o in found if isinstance(o, SupplierOrder) and o.state == "delivering"]
        return [o for o in orders if self._chance("cancels", _who(o)) < self._service.cancels]

    def facts(self, ask: Ask, found: Found) -> dict[str, str | int]:  # noqa: ARG002
        """Return to whom goes how much, and how much of it is handed out: what a rewrite of the effect may mix up."""
        if not isinstance(found, SupplierOrder):
            return {}
        quantity = found.quantity
        facts: dict[str, str | int] = {
            "account": found.account,
            "quantity": quantity,
            "units": quantity,
        }
        if self._divides(found):
            facts["charge_fen"] = found.product.face_fen * quantity
        return facts

    def _divides(self, order: SupplierOrder) -> bool:
        return self.dialect.divides and order.product.kind == "topup"

    def effect(self, ask: Ask, found: Found, done: Delivery | None, who: Who) -> Happened:
        """Take the order, and let the goods follow: in time, late, or never, until the operator notices."""
        if ask.op == "close":
            return self._cancel(found, done)
        if ask.op == "claim":
            return self._claim(ask, found, done)
        assert isinstance(found, SupplierOrder)
        found.intent = who.intent
        self.book.take(found)
        self._unfinished[found.ref] = []
        self.house.totals.submitted += 1
        self.house.totals.open += 1
        self.house.recorder.moved()
        if self._forging.armed and self.dialect.signs_notices:
            self._tell(Notice(op="accept", id=f"F{found.ref}", at_ns=now_ns(), order=found), who)
        if found.unpaid:
            self.house.later(UNPAID_MS, self._call_off, found)
            return "done"
        if done is None:
            self.house.later(self._service.notices_after_ms, self._finish, found, 0, who)
            return "dropped"
        ordered = found.quantity
        found.account = str(done.fields.get("account", found.account))
        found.quantity = int(done.fields.get("quantity", ordered))
        units = self._struck_units(found, done, ordered)
        if units == ordered:
            units = self._units(found, who)
        found.quantity = max(found.quantity, int(units))
        finish = partial(self.house.later, done.after_ms, self._finish, found, units, who)
        self._workshop.take(self._service_ms(who), finish)
        return "late" if done.after_ms > 0 else "done"

    def _cancel(self, found: Found, done: Delivery | None) -> Happened:
        """End orders without goods; that they were is told by their callbacks alone."""
        if done is None:
            return "dropped"
        for order in self._to_cancel(found):
            self.house.later(done.after_ms, self._call_off, order)
        return "late" if done.after_ms > 0 else "done"

    def _claim(self, ask: Ask, found: Found, done: Delivery | None) -> Happened:
        """Hear a complaint about orders, each of which is looked into by itself."""
        if done is None:
            return "dropped"
        assert isinstance(found, list)
        for order in found:
            assert isinstance(order, SupplierOrder)
            self.house.later(done.after_ms, self._claims.hear, order, ask.notify_url, _who(order))
        return "late" if done.after_ms > 0 else "done"

    def _call_off(self, order: SupplierOrder) -> None:
        """End an order without goods, unless it has ended meanwhile."""
        if order.state == "delivering":
            order.cancelled = True
            self._finish(order, 0, _who(order))

    def once_final(self, order: SupplierOrder, act: Callable[[], None]) -> None:
        """Do something once, when an order is final and its cards are there, or after PATIENCE_MS."""
        waiting = self._when_final(order, act)
        if waiting:
            self.house.later(PATIENCE_MS, _release, waiting)

    def _when_final(
        self, order: SupplierOrder, act: Callable[[], None]
    ) -> list[Callable[[], None]]:
        """Do something when an order is final, however long that takes; return what waits for it, by then nothing."""
        if order.ref not in self._unfinished:
            act()
            return []
        waiting = [act]
        self._unfinished[order.ref].append(waiting)
        return waiting

    def _struck_units(self, order: SupplierOrder, done: Delivery, ordered: int) -> float:
        """Return how many units a strike leaves; of a top-up that can be divided, by the face value it is charged."""
        units = int(done.fields.get("units", ordered))
        face_fen = order.product.face_fen
        charge_fen = int(done.fields.get("charge_fen", face_fen * ordered))
        return units if charge_fen == face_fen * ordered else charge_fen / face_fen

    def _units(self, order: SupplierOrder, who: Who) -> float:
        """Return how many units this operator hands out: all, none, or now and then a part."""
        if self._chance("fails", who) < self._service.fails:
            return 0
        pieces = self._pieces(order)
        if pieces > 1 and self._chance("partly", who) < self._service.partly:
            some = 1 + int(self._chance("units", who) * (pieces - 1))
            return some if pieces == order.quantity else some * order.quantity / pieces
        return order.quantity

    def _pieces(self, order: SupplierOrder) -> int:
        """Return into how many pieces an order falls: its units, or the whole yuan of a top-up that can be divided."""
        if self._divides(order):
            return max(order.product.face_fen * order.quantity // 100, order.quantity)
        return order.quantity

    def _chance(self, name: str, who: Who) -> float:
        return chance(self.house.seed, self.name, name, who.key)

    def _service_ms(self, who: Who) -> float:
        def roll(name: str) -> float:
            return self._chance(name, who)

        (served,) = self._time.strike(Delivery(leg=Leg.EFFECT, op="submit"), roll)
        return served.after_ms

    def _finish(self, order: SupplierOrder, units: float, who: Who) -> None:
        """End an order with so many units: all of it, a part, or nothing; one that was cancelled has ended."""
        if order.state != "delivering":
            return
        if units <= 0:
            self.book.fail(order, now_ns())
            self.house.totals.failed += 1
            self._truth("failed", order)
            self._tell(_end_of(order), who)
            return
        later_ms = self._service.cards_after_ms if order.product.kind == "cards" else 0.0
        if units < order.quantity:
            self.book.deliver_part(order, units, now_ns(), cards_later=later_ms > 0)
        else:
            self.book.deliver(order, now_ns(), cards_later=later_ms > 0)
        self.house.later(later_ms, self._hand_out, order)
        self._tell(_end_of(order), who)

    def _hand_out(self, order: SupplierOrder) -> None:
        """Only now do the goods really exist for the platform: cards may come after the success."""
        self.book.hand_out_cards(order)
        self.house.totals.delivered += 1
        self._truth("delivered", order)

    def _truth(self, kind: str, order: SupplierOrder) -> None:
        self.house.totals.open -= 1
        detail: dict[str, int | str | list[str]] = {"units": _counted(order.done_units)}
        if order.cards:
            detail["cards"] = [card.number for card in order.cards]
            detail["card_passwords"] = [card.password for card in order.cards]
        kept_fen = order.cost_fen - order.back_fen if order.done_units else order.cost_fen
        self.truth(kind, order, kept_fen, detail=detail)
        for waiting in self._unfinished.pop(order.ref, ()):
            _release(waiting)

    def _tell(self, notice: Notice, who: Who) -> None:
        url = notice.order.notify_url if notice.order else ""
        if url:
            self.notifier.start(self.name, self.dialect, notice, url, who)
