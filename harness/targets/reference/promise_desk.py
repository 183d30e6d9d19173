r"""What members are promised beyond the goods: compensation if they come late, and a word before they lapse.

paid --> task "late"   due when the goods should be there  --not there--> a voucher, once, and a notice
     \-> task "lapse"  due some time before the end        --delivered--> a notice
"""

from sqlalchemy import Connection, bindparam, update

from harness.targets.reference import books
from harness.targets.reference.clock import now_ms
from harness.targets.reference.config import Config
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.notice_desk import NoticeDesk
from harness.targets.reference.outbox import Outbox, Task
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.tables import Order, State, orders

_compensate = Prepared(
    update(orders)
    .where(orders.c.order_no == bindparam("no"))
    .values(compensation_fen=orders.c.compensation_fen + bindparam("more"))
)
_LATE, _LAPSE = "late", "lapse"
_WAITING = frozenset({State.PAID, State.CHARGING})


class PromiseDesk(Desk):
    """Each late membership is compensated once, and each that ends is announced."""

    def __init__(self, config: Config, db: Database, notices: NoticeDesk) -> None:
        super().__init__(config, db)
        self.promised = config.promises
        self.notices = notices
        self.outbox = Outbox("promise")
        self.in_use = self.promised.member_within_s > 0 or self.promised.member_lasts_s > 0

    def paid(self, c: Connection, order: Order) -> None:
        """Set the clocks of a membership that has been paid."""
        if self.goods[order.goods].kind != "member":
            return
        if self.promised.member_within_s:
            self._set(c, _LATE, order, self.promised.member_within_s)
        if self.promised.member_lasts_s:
            announced_s = self.promised.member_lasts_s - self.promised.lapse_notice_s
            self._set(c, _LAPSE, order, announced_s)

    def _set(self, c: Connection, what: str, order: Order, after_s: float) -> None:
        self.outbox.add(c, f"{what}:{order.order_no}", now_ms() + self.pace.real_ms(after_s))

    def load(self, c: Connection, task: Task) -> Order:
        """Fetch the order of a claimed task."""
        return books.lock_order(c, task.key.partition(":")[2])

    async def work(self, task: Task, order: Order) -> None:
        """Keep one promise."""
        await self.db.run(self.keep, task, order)

    def keep(self, c: Connection, task: Task, order: Order) -> None:
        """Look at the order as it is now, and do what is due."""
        order = books.lock_order(c, order.order_no)
        if task.key.startswith(_LATE) and self.came_late(c, order):
            self.late(c, order)
        elif task.key.startswith(_LAPSE) and order.state in _WAITING:
            self.outbox.again(c, task.key, self.retry_ms(task.tries, task.key), task.tries + 1)
            return
        elif task.key.startswith(_LAPSE) and order.state == State.DONE:
            self.lapses(c, order)
        self.outbox.done(c, task.key)

    def came_late(self, c: Connection, order: Order) -> bool:
        """Say whether the goods are not there yet, or came late before anybody looked."""
        paid = books.receipt_for_goods(c, order.order_no)
        assert paid is not None
        due_ms = paid.booked_ms + self.pace.real_ms(self.promised.member_within_s)
        return order.state in _WAITING or (order.state == State.DONE and order.done_ms > due_ms)

    def late(self, c: Connection, order: Order) -> None:
        """Compensate an order, once."""
        if not order.compensation_fen:
            self.compensate(c, order)

    def compensate(self, c: Connection, order: Order) -> None:
        """Add a voucher to the order and tell the customer."""
        _compensate(c, no=order.order_no, more=self.promised.compensation_fen)
        self.notices.tell(c, order.order_no, _LATE)

    def lapses(self, c: Connection, order: Order) -> None:
        """Say that a membership is about to end."""
        self.notices.tell(c, order.order_no, _LAPSE)
