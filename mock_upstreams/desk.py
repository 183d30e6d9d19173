"""A desk keeps one upstream's books: it plans what a caller asks for, and makes it true as the strikes let it.

`gateway_desk` and `operator_desk` are the two kinds; `exchange` drives them and knows neither.
"""

from collections.abc import Callable
from typing import Literal

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Leg
from harness.core.event import Event
from mock_upstreams.dialect import Ask, Dialect, Found
from mock_upstreams.house import House
from mock_upstreams.letter import Who
from mock_upstreams.notifier import Notifier
from mock_upstreams.records import Reason, SupplierOrder, Trade

Happened = Literal["done", "late", "dropped"]


AS_PLANNED = Delivery(leg=Leg.REQUEST, op="")
"""What every leg comes to that no strike meets: told by identity, it needs no further look."""
CHANGING = frozenset({"create", "close", "refund", "pay", "complaint", "submit", "claim", "send"})


class Desk:
    """Books behind one dialect."""

    def __init__(self, name: str, dialect: Dialect, house: House, notifier: Notifier) -> None:
        self.name = name
        self.dialect = dialect
        self.house = house
        self.notifier = notifier

    def who(self, ask: Ask) -> Who:
        """Say whom a call is for: by the intent where that can be known, else by the platform's number."""
        raise NotImplementedError

    def plan(self, ask: Ask, at_ns: int) -> Found | Reason:
        """Look what would be answered, and change nothing."""
        raise NotImplementedError

    def changes(self, ask: Ask, found: Found) -> bool:
        """Say whether doing it would change the books: only then is there an effect to strike."""
        raise NotImplementedError

    def facts(self, ask: Ask, found: Found) -> dict[str, str | int]:
        """Return what a strike on the effect may rewrite."""
        raise NotImplementedError

    def effect(self, ask: Ask, found: Found, done: Delivery | None, who: Who) -> Happened:
        """Make it true, as one delivery of the effect says; None means that a strike took the effect away."""
        raise NotImplementedError

    def hurry(self, ask: Ask, found: Found, who: Who) -> None:
        """Let its end come before the answer to its beginning, where that does not come by itself."""

    def at_once(self, ask: Ask, at_ns: int, who: Who) -> tuple[Found | Reason, bool]:
        """Plan and do it where no strike stands between; return what was found, and whether that changed the books."""
        found = self.plan(ask, at_ns)
        changing = ask.op in CHANGING and not isinstance(found, Reason) and self.changes(ask, found)
        if changing:
            assert not isinstance(found, Reason)
            self.effect(ask, found, AS_PLANNED, who)
        return found, changing

    def once_final(self, order: SupplierOrder, act: Callable[[], None]) -> None:
        """Operators: do something when an order is final, or when waiting for that has taken too long."""
        raise NotImplementedError

    def truth(
        self, kind: str, record: Trade | SupplierOrder, amount_fen: int, **more: object
    ) -> None:
        """Write a row for something that really happened."""
        order = record if isinstance(record, SupplierOrder) else None
        self.house.recorder.moved()
        if kind in {"closed", "refunded"}:
            self.house.gates.happened("undone", (self.name, record.ref))
        self.house.recorder.row(
            Event(
                vantage=self.dialect.side,
                kind=kind,
                time_ns=now_ns(),
                intent=record.intent,
                order_no=record.order_no,
                ref=record.ref,
                channel=self.name,
                account=order.account if order else "",
                sku=order.product.id if order else "",
                amount_fen=amount_fen,
                **more,  # type: ignore[arg-type]  # fields of Event, checked where they are written
            )
        )


def who_of(intent: int | None, number: str) -> Who:
    """Key by the intent if it is known, else by the platform's number."""
    return Who(intent, number if intent is None else f"i{intent}")
