"""Money back: asked for with one number per trade, until the gateway's own books confirm it.

owe --> DUE --ask the gateway--> ASKED --its books say so--> DONE
         ^------------------------/  its books know nothing of it
"""

import logging

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.clock import now_ms
from harness.targets.reference.config import Config
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.gateways import Gateway, MoneyBack
from harness.targets.reference.notice_desk import NoticeDesk
from harness.targets.reference.outbox import Outbox, Task
from harness.targets.reference.tables import Order, Receipt, Refund, State

log = logging.getLogger("reference.refunds")


class RefundDesk(Desk):
    """Every receipt is refunded at most once, and whoever is owed money gets it."""

    def __init__(
        self, config: Config, db: Database, gateways: dict[str, Gateway], notices: NoticeDesk
    ) -> None:
        super().__init__(config, db)
        self.notices = notices
        self.outbox = Outbox("refund")
        self._by_channel = {gateway.channel: gateway for gateway in gateways.values()}

    def owe(
        self, c: Connection, receipt: Receipt, reason: str, amount_fen: int | None = None
    ) -> None:
        """Put a payment, or so much of it, on the list of what goes back; a second time changes nothing."""
        if books.refund_no_of(c, receipt.channel, receipt.trade_no) is not None:
            return
        refund = Refund(
            refund_no=self.refund_no(c, receipt),
            order_no=receipt.order_no,
            channel=receipt.channel,
            trade_no=receipt.trade_no,
            pay_no=receipt.pay_no,
            amount_fen=receipt.amount_fen if amount_fen is None else amount_fen,
            reason=reason,
            state="DUE",
            total_fen=receipt.amount_fen,
        )
        books.add_refund(c, refund)
        self.outbox.add(c, refund.refund_no, now_ms())

    def give_up(self, c: Connection, order: Order, reason: str) -> None:
        """End a paid order without goods: its payment goes back."""
        receipt = books.receipt_for_goods(c, order.order_no)
        was = {"was": State.PAID, "was_too": State.CHARGING}
        if books.move_order(c, order.order_no, State.REFUNDING, **was) and receipt is not None:
            self.owe(c, receipt, reason)

    def refund_no(self, _c: Connection, receipt: Receipt) -> str:
        """Number a refund by its trade: the gateway itself will refuse to pay it twice."""
        return f"R{receipt.channel}{receipt.trade_no}"

    def load(self, c: Connection, task: Task) -> Refund:
        """Fetch the refund of a claimed task."""
        return books.refund(c, task.key)

    async def work(self, task: Task, refund: Refund) -> None:
        """Bring one refund a step on."""
        gateway = self._by_channel[refund.channel]
        if refund.state == "ASKED":
            said = await gateway.ask_refund(refund)
        else:
            said = await gateway.refund(refund)
        await self.db.run(self.note, task, refund, said)

    def note(self, c: Connection, task: Task, refund: Refund, said: MoneyBack) -> None:
        """Write down what the gateway says."""
        if said is MoneyBack.DONE:
            self.came_back(c, refund)
            return
        if said is MoneyBack.WORKING and refund.state == "DUE":
            books.refund_moved(c, refund.refund_no, "ASKED")
            self.outbox.again(c, refund.refund_no, now_ms() + self.pace.real_ms(1), task.tries)
            return
        if said is MoneyBack.MISSING or (said is MoneyBack.UNKNOWN and refund.state == "DUE"):
            # Unknown after asking for money: look first. Missing when looked for: ask again, same number.
            becomes = "DUE" if said is MoneyBack.MISSING else "ASKED"
            books.refund_moved(c, refund.refund_no, becomes)
        next_ms = self.retry_ms(task.tries, refund.refund_no)
        self.outbox.again(c, refund.refund_no, next_ms, task.tries + 1)

    def came_back(self, c: Connection, refund: Refund) -> None:
        """Close a refund, and its order once nothing of it is outstanding."""
        books.lock_order(c, refund.order_no)
        books.refund_moved(c, refund.refund_no, "DONE", now_ms())
        self.outbox.done(c, refund.refund_no)
        if not books.has_open_refunds(c, refund.order_no):
            was = {"was": State.REFUNDING, "was_too": State.CLOSED}
            if books.move_order(c, refund.order_no, State.REFUNDED, **was):
                self.notices.tell(c, refund.order_no)

    def hasten(self, c: Connection, refund_no: str) -> None:
        """A gateway has said that a refund is through: look at once. Its word alone closes nothing."""
        self.outbox.hasten(c, refund_no)
