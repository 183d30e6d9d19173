"""Complaints that customers raise at a gateway, or as tickets with us: answered at once, ended by delivery or refund.

    look (every minute) --new, or the customer waits--> ticket OPEN --answered--> ANSWERED --order ended--> CLOSED
    POST /api/orders/{no}/ticket ------------------------^

A ticket has priority: with its first answer the operators are asked what became of the order.
"""

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from harness.targets.reference import books
from harness.targets.reference.clock import now_ms
from harness.targets.reference.config import Config
from harness.targets.reference.corrections import CorrectionDesk
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.gateways import Complaint, Gateway
from harness.targets.reference.outbox import Outbox, Task
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.tables import Order, State, tasks, tickets

_of = tickets.c.complaint_id == bindparam("of")
_ticket = Prepared(select(tickets).where(_of))
_add = Prepared(insert(tickets))
_moved = Prepared(update(tickets).where(_of).values(state=bindparam("becomes")))
_LOOK, _OURS = "look", "desk"
_SETTLED = frozenset({State.DONE, State.REFUNDED})
_SAID = {
    State.DONE: "您好，您的订单已充值成功，请查收。",
    State.REFUNDED: "您好，您的订单未能完成，款项已原路退回。",
    State.REFUNDING: "您好，您的订单未能完成，退款正在处理中。",
}
_BEING_LOOKED_INTO = "您好，您的订单正在加急处理，到账或退款后会第一时间通知您。"


class Ticket(msgspec.Struct, frozen=True):
    """A row of tickets."""

    complaint_id: str
    channel: str
    order_no: str
    state: str
    raised_ms: int


class OwnDesk(Gateway):
    """Where tickets are raised that came to us and to no gateway: what is noted is what the customer reads."""

    channel = _OURS

    async def answer_complaint(self, complaint_id: str, text: str) -> bool:  # noqa: ARG002
        """Answer by the ticket's state."""
        return True

    async def end_complaint(self, complaint_id: str) -> bool:  # noqa: ARG002
        """End by the ticket's state."""
        return True


class ComplaintDesk(Desk):
    """Every complaint gets a word in time, and an end when its order has one."""

    def __init__(
        self,
        config: Config,
        db: Database,
        gateways: dict[str, Gateway],
        corrections: CorrectionDesk,
    ) -> None:
        super().__init__(config, db)
        self.listening = {g.channel: g for g in gateways.values() if g.hears_complaints}
        self.corrections = corrections
        self.outbox = Outbox("ticket")
        self.answered_at: dict[str, Gateway] = {**self.listening, _OURS: OwnDesk()}

    def begin(self, c: Connection) -> None:
        """See to it that each gateway is asked, from now on for ever."""
        for channel in self.listening:
            key = f"{_LOOK}:{channel}"
            c.execute(delete(tasks).where(tasks.c.kind == self.outbox.kind, tasks.c.key == key))
            self.outbox.add(c, key, now_ms())

    def load(self, c: Connection, task: Task) -> tuple[Ticket, Order | None] | None:
        """Fetch the ticket of a claimed task with its order; None for a look at a gateway."""
        if task.key.startswith(f"{_LOOK}:"):
            return None
        ticket = Ticket(*_ticket(c, of=task.key).fetchone())
        return ticket, books.order(c, ticket.order_no)

    async def work(self, task: Task, job: tuple[Ticket, Order | None] | None) -> None:
        """Look at a gateway, or bring one ticket a step on."""
        if job is None:
            await self.look(task)
        else:
            await self.bring_on(task, *job)

    async def look(self, task: Task) -> None:
        """Ask a gateway for complaints, and come back in a minute."""
        gateway = self.listening[task.key.partition(":")[2]]
        for complaint in await gateway.complaints():
            await self.db.run(self.open, gateway.channel, complaint)
        next_ms = now_ms() + self.pace.real_ms(self.timers.complaint_poll_s)
        await self.db.run(self.outbox.again, task.key, next_ms, task.tries)

    def open(self, c: Connection, channel: str, complaint: Complaint) -> None:
        """Open a ticket, or open it again if the customer waits for another word."""
        number = complaint.complaint_id
        row = _ticket(c, of=number).fetchone()
        if row is None and not complaint.ended:
            pay = books.pay(c, complaint.pay_no)
            order_no = pay.order_no if pay else ""
            _add(c, **msgspec.structs.asdict(Ticket(number, channel, order_no, "OPEN", now_ms())))
            self.outbox.add(c, number, now_ms())
        elif row is not None and complaint.waits and Ticket(*row).state == "ANSWERED":
            _moved(c, of=number, becomes="OPEN")
            self.outbox.hasten(c, number)

    def ticket(self, c: Connection, order: Order) -> Ticket:
        """Open a ticket for an order, or return the one that there is; its first look has priority."""
        found = self.ticket_of(c, order)
        if found is None:
            number = f"T{order.order_no}"
            found = Ticket(number, _OURS, order.order_no, "OPEN", now_ms())
            _add(c, **msgspec.structs.asdict(found))
            self.outbox.add(c, number, now_ms())
        return found

    def ticket_of(self, c: Connection, order: Order) -> Ticket | None:
        """Return the ticket that was opened with us for an order."""
        row = _ticket(c, of=f"T{order.order_no}").fetchone()
        return None if row is None else Ticket(*row)

    async def bring_on(self, task: Task, ticket: Ticket, order: Order | None) -> None:
        """Answer an open ticket, and close it once its order has ended well or is paid back."""
        gateway = self.answered_at[ticket.channel]
        state = order.state if order else ""
        answered = ticket.state != "OPEN" or await self.answer(gateway, ticket, state)
        settled = answered and state in _SETTLED
        closed = settled and await gateway.end_complaint(ticket.complaint_id)
        becomes = "CLOSED" if closed else "ANSWERED" if answered else "OPEN"
        await self.db.run(self.note, task, ticket, becomes)

    async def answer(self, gateway: Gateway, ticket: Ticket, state: str) -> bool:
        """Tell the customer how things are; False if that may not have arrived."""
        text = _SAID.get(State(state), _BEING_LOOKED_INTO) if state else _BEING_LOOKED_INTO
        return await gateway.answer_complaint(ticket.complaint_id, text)

    def note(self, c: Connection, task: Task, ticket: Ticket, becomes: str) -> None:
        """Write down how far a ticket is; a first answer also has the operators asked."""
        _moved(c, of=ticket.complaint_id, becomes=becomes)
        if becomes == "CLOSED":
            self.outbox.done(c, task.key)
            return
        order = books.order(c, ticket.order_no)
        if order is not None and ticket.state == "OPEN":
            self.corrections.push(c, order)
        self.outbox.again(c, task.key, self.retry_ms(task.tries, task.key), task.tries + 1)
