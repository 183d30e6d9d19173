r"""Cards of our own: a paid order takes as many as it is for, and they belong to it from then on.

    paid --same transaction--> task --one transaction--> free cards become the order's, and are shown
                                                    \--> too few are left: money back

Two orders that want the last card meet at its row: the second finds it taken, and looks for another.
"""

import msgspec
from sqlalchemy import Connection, Integer, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from harness.targets.reference import books
from harness.targets.reference.clock import now_ms
from harness.targets.reference.config import Config
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.operators import Card
from harness.targets.reference.outbox import Outbox, Task
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.refund_desk import RefundDesk
from harness.targets.reference.tables import Order, stock

NOBODY = ""
_of = Prepared(
    select(stock.c.code)
    .where(stock.c.goods == bindparam("of"), stock.c.order_no == bindparam("whose"))
    .order_by(stock.c.code)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_give = Prepared(
    update(stock)
    .where(
        stock.c.goods == bindparam("of"),
        stock.c.code == bindparam("this"),
        stock.c.order_no == bindparam("was"),
    )
    .values(order_no=bindparam("to"))
)


class StockDesk(Desk):
    """One card to one buyer; who comes too late for the last one gets the money back."""

    def __init__(self, config: Config, db: Database, refunds: RefundDesk) -> None:
        super().__init__(config, db)
        self.refunds = refunds
        self.outbox = Outbox("stock")
        self.in_use = any(goods.from_stock for goods in config.goods)

    def fill(self, c: Connection) -> None:
        """Load the lists; a card that is there already keeps its owner."""
        insert = (sqlite if c.dialect.name == "sqlite" else postgresql).insert
        for goods in self.goods.values():
            rows = [
                {"goods": goods.id, "code": code, "order_no": NOBODY}
                for code in dict.fromkeys(goods.stock)
            ]
            if rows:
                c.execute(insert(stock).on_conflict_do_nothing(), rows)

    def wish(self, c: Connection, order: Order) -> None:
        """Put an order that has been paid into the queue for its card."""
        self.outbox.add(c, order.order_no, now_ms())

    def load(self, c: Connection, task: Task) -> Order:
        """Fetch the order of a claimed task."""
        return books.lock_order(c, task.key)

    async def work(self, task: Task, order: Order) -> None:
        """Serve one order."""
        await self.db.run(self.serve, task, order)

    def serve(self, c: Connection, task: Task, order: Order) -> None:
        """Give the order its cards, or its money back."""
        books.lock_order(c, order.order_no)
        if codes := self.take(c, order):
            self.hand_out(c, order, codes)
        else:
            self.sold_out(c, order)
        self.outbox.done(c, task.key)

    def take(self, c: Connection, order: Order) -> list[str]:
        """Make as many free cards the order's as it is for; none if there are fewer."""
        codes = cards_of(c, order.goods, NOBODY, order.quantity)
        if len(codes) < order.quantity:
            return []
        return [code for code in codes if give(c, order, code, was=NOBODY)]

    def hand_out(self, c: Connection, order: Order, codes: list[str]) -> None:
        """Show its cards to their buyer: the order is delivered."""
        cards = msgspec.json.encode([Card(code) for code in codes]).decode()
        if books.deliver_order(c, order.order_no, cards):
            self.refunds.notices.tell(c, order.order_no)

    def sold_out(self, c: Connection, order: Order) -> None:
        """Too few are left for this order: the payment goes back."""
        self.refunds.give_up(c, order, "sold out")


def cards_of(c: Connection, goods: str, whose: str, most: int = 1) -> list[str]:
    """Return cards that belong to an order, or to nobody; their rows are held where rows can be held."""
    return [str(row[0]) for row in _of(c, of=goods, whose=whose, most=most)]


def give(c: Connection, order: Order, code: str, *, was: str) -> bool:
    """Change a card's owner; False if somebody else was quicker."""
    given = _give(c, of=order.goods, this=code, was=was, to=order.order_no)
    return bool(given.rowcount == 1)
