r"""Goods out: one operator at a time, and never a second one while the first may still deliver.

    start --> DUE --submit--> OPEN ----------asked--> DONE     the customer has it
               ^         \--> SENT (unknown) asked--> FAILED   next operator, or money back
               |         \--> REFUSED -------asked--> missing  next operator, or money back
               \-- the same number again, once the operator has long and often said "no such order"

Of what came in part the rest of the price goes back.

An operator's callback is a reason to ask, never an answer: what it says may be early, late, twice
or false, while the operator's own books are one.
"""

import logging
import secrets

import msgspec
from sqlalchemy import Connection

from harness.targets.reference import books, corrections
from harness.targets.reference.clock import now_ms
from harness.targets.reference.config import Config, SlowLane
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.gateways import Incoming, Reply
from harness.targets.reference.operators import (
    Answer,
    BadCallbackError,
    Operator,
    Recharge,
    Said,
)
from harness.targets.reference.outbox import Outbox, Task
from harness.targets.reference.refund_desk import RefundDesk
from harness.targets.reference.stock_desk import StockDesk
from harness.targets.reference.tables import Order, State, Supply

log = logging.getLogger("reference.delivery")

Job = tuple[Supply, Order]


class DeliveryDesk(Desk):
    """A paid order ends delivered once, or refunded, and never both."""

    def __init__(
        self,
        config: Config,
        db: Database,
        operators: dict[str, Operator],
        refunds: RefundDesk,
        stock: StockDesk,
    ) -> None:
        super().__init__(config, db)
        self.operators = operators
        self.refunds = refunds
        self.stock = stock
        self.outbox = Outbox("supply")

    # Steps of a transaction.

    def start(self, c: Connection, order: Order) -> None:
        """Begin with the first operator that has the goods, or with our own stock."""
        if self.goods[order.goods].from_stock:
            self.stock.wish(c, order)
        else:
            self.submit_to_next(c, order, tried=set(), at_ms=self.opens_ms(order))

    def opens_ms(self, order: Order) -> int:
        """Return when an order may first be submitted: at once, or later in a slow lane."""
        return now_ms() + max(
            [self.pace.real_ms(lane.wait_s) for lane in self.lanes(order)], default=0
        )

    def lanes(self, order: Order) -> list[SlowLane]:
        """Return the slow lanes of this day that an order is in."""
        calendar = self.config.calendar
        return [
            lane
            for lane in calendar.slow
            if order.goods in lane.goods and lane.first_day <= calendar.today <= lane.last_day
        ]

    def submit_to_next(
        self, c: Connection, order: Order, tried: set[str], at_ms: int | None = None
    ) -> None:
        """Put the next submission into the outbox; with no operator left the money goes back."""
        for operator in self.goods[order.goods].operators:
            if operator in self.operators and operator not in tried | self.kept_from(order):
                number = self.supply_no(order)
                books.add_supply(c, Supply(number, order.order_no, operator, "DUE", 0, 0))
                self.outbox.add(c, number, at_ms or now_ms())
                return
        self.give_up(c, order)

    def kept_from(self, order: Order) -> set[str]:
        """Return the operators that must not serve an order."""
        return {operator for operator in self.operators if self.banned(operator, order)}

    def supply_no(self, order: Order) -> str:
        """Number a submission."""
        return f"{order.order_no}S{secrets.token_hex(2)}"

    def give_up(self, c: Connection, order: Order) -> None:
        """Nobody can deliver: the payment goes back."""
        self.refunds.give_up(c, order, "cannot be delivered")

    def load(self, c: Connection, task: Task) -> Job:
        """Fetch the submission of a claimed task; if it is due, it counts as sent from now on.

        That is noted before it is sent: after a crash in between it is asked about, not sent again.
        """
        supply, order = books.supply_with_order(c, task.key)
        if supply.state == "DUE":
            books.supply_sent(c, supply.supply_no, now_ms())
        return supply, order

    # Working on one submission.

    async def work(self, task: Task, job: Job) -> None:
        """Submit if that is due, and ask otherwise."""
        if job[0].state == "DUE":
            await self.submit(task, job)
        else:
            await self.ask(task, job)

    async def submit(self, task: Task, job: Job) -> None:
        """Submit, and write down what can be known from the answer."""
        supply, order = job
        said = self.classify(await self.send(supply, order))
        if said is Said.OPEN:
            await self.db.run(self.accepted, task, job)
        elif said is Said.REFUSED:
            await self.refusal(task, job)
        else:
            await self.db.run(self.in_doubt, task, job, "SENT")

    async def send(self, supply: Supply, order: Order) -> Answer:
        """Send one submission."""
        goods = self.goods[order.goods]
        recharge = Recharge(
            supply_no=supply.supply_no,
            account=order.account,
            source=goods.operators[supply.operator],
            cards=goods.kind == "cards",
            quantity=order.quantity,
        )
        return await self.operators[supply.operator].submit(recharge)

    def classify(self, answer: Answer) -> Said:
        """Say what an answer to a submission means: only a known refusal is one."""
        return answer.said

    async def refusal(self, task: Task, job: Job) -> None:
        """An operator said no. Before anybody else is asked, its books must agree that it has nothing."""
        supply, order = job
        await self.db.run(books.supply_moved, supply.supply_no, "REFUSED")
        refused = msgspec.structs.replace(supply, state="REFUSED")
        await self.ask(task, (refused, order))

    async def ask(self, task: Task, job: Job) -> None:
        """Ask the operator what became of a submission, and write down what it says."""
        supply, order = job
        answer = await self.operators[supply.operator].ask(supply.supply_no)
        if answer.said is Said.DONE and self.goods_are_there(order, answer):
            await self.db.run(self.delivered, job, answer)
        elif answer.said is Said.PART:
            await self.db.run(self.came_in_part, job, answer)
        elif answer.said is Said.FAILED:
            await self.db.run(self.failed, job)
        elif answer.said is Said.MISSING:
            await self.db.run(self.missing, task, job)
        elif answer.said is Said.UNKNOWN:
            await self.db.run(self.in_doubt, task, job, supply.state)
        else:
            await self.db.run(self.accepted, task, job)

    def goods_are_there(self, order: Order, answer: Answer) -> bool:
        """Say whether a success is one: card goods without all of their cards are still on their way."""
        return self.goods[order.goods].kind != "cards" or len(answer.cards) >= order.quantity

    def came(self, order: Order, answer: Answer) -> tuple[int, int]:
        """Return how much of an order came, and how much was wanted: in cards, or in fen of face value."""
        goods = self.goods[order.goods]
        if goods.kind == "cards":
            return len(answer.cards), order.quantity
        return answer.charged_fen, goods.face_fen * order.quantity

    # What an answer changes.

    def accepted(self, c: Connection, task: Task, job: Job) -> None:
        """The operator has it and is at work: come back later."""
        supply, order = job
        if supply.state != "OPEN":
            books.supply_moved(c, supply.supply_no, "OPEN")
            books.move_order(c, order.order_no, State.CHARGING, was=State.PAID)
            self.refunds.notices.taken(c, order.order_no)
        first_s, last_s = self.timers.delivery_poll_first_s, self.timers.delivery_poll_last_s
        wait_ms = self.pace.after_ms(first_s, last_s, task.tries, supply.supply_no)
        self.outbox.again(c, supply.supply_no, now_ms() + wait_ms, task.tries + 1)

    def in_doubt(self, c: Connection, task: Task, job: Job, state: str) -> None:
        """Nobody knows: ask again later, and do nothing else until the operator tells."""
        supply, order = job
        if state != "REFUSED":
            books.move_order(c, order.order_no, State.CHARGING, was=State.PAID)
        next_ms = self.retry_ms(task.tries, supply.supply_no)
        self.outbox.again(c, supply.supply_no, next_ms, task.tries + 1)

    def missing(self, c: Connection, task: Task, job: Job) -> None:
        """The operator knows no such order. That ends a refusal; otherwise it may only not know it yet."""
        supply, _ = job
        if supply.state == "REFUSED":
            self.failed(c, job)
            return
        books.supply_missing(c, supply.supply_no)
        long_ms = self.pace.real_ms(self.timers.missing_for_s)
        often = supply.missing + 1 >= self.timers.missing_times
        if often and now_ms() >= supply.sent_ms + long_ms:
            books.supply_moved(c, supply.supply_no, "DUE")
        next_ms = self.retry_ms(task.tries, supply.supply_no)
        self.outbox.again(c, supply.supply_no, next_ms, task.tries + 1)

    def delivered(self, c: Connection, job: Job, answer: Answer) -> None:
        """The goods are out: that is final."""
        supply, order = job
        if books.supply_moved(c, supply.supply_no, "DONE"):
            cards = msgspec.json.encode(answer.cards).decode()
            if books.deliver_order(c, order.order_no, cards):
                self.refunds.notices.tell(c, order.order_no)
        self.outbox.done(c, supply.supply_no)

    def came_in_part(self, c: Connection, job: Job, answer: Answer) -> None:
        """A part is out and the rest never comes: its part of the price goes back."""
        part, whole = self.came(job[1], answer)
        if part <= 0:
            self.failed(c, job)
            return
        self.delivered(c, job, answer)
        receipt = books.receipt_for_goods(c, job[1].order_no)
        if receipt is not None and part < whole:
            back_fen = -(-receipt.amount_fen * (whole - part) // whole)  # the customer's way
            self.refunds.owe(c, receipt, "came in part", back_fen)

    def failed(self, c: Connection, job: Job) -> None:
        """This operator surely does not deliver: on to the next."""
        supply = job[0]
        order = books.lock_order(c, supply.order_no)
        if books.supply_moved(c, supply.supply_no, "FAILED"):
            wished = corrections.take_wish(c, order)
            tried = books.operators_tried(c, order.order_no) if wished is None else set()
            self.submit_to_next(c, wished or order, tried)
        self.outbox.done(c, supply.supply_no)

    # Callbacks: what an operator tells us.

    async def take_callback(self, operator: Operator, incoming: Incoming) -> Reply:
        """Check who speaks and about what, put the question into the outbox, then acknowledge."""
        try:
            number = operator.read_callback(incoming)
            known = await self.db.run(self.wake, operator.name, number)
        except BadCallbackError as error:
            log.warning("%s: refused a callback: %s", operator.name, error)
            return operator.refused
        return operator.accepted if known else operator.refused

    def wake(self, c: Connection, operator: str, supply_no: str) -> bool:
        """Ask about a submission now; False if there is no such one."""
        if self.outbox.hasten(c, supply_no):
            return True
        supply = books.supply(c, supply_no)
        return supply is not None and supply.operator == operator
