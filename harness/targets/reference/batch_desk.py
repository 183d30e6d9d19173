"""Batches: many lines of goods and account at once, each an order of its own, and exact totals of what became of them.

A line is paid, delivered and refunded as any order is. What a batch adds is that its lines are taken together or not
at all, and that whoever sent it can read which of them failed, and why.
"""

import secrets

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from harness.targets.reference import books
from harness.targets.reference.clock import digits
from harness.targets.reference.config import Config
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.shop import BadOrderError, ConflictError, OrderForm, Shop
from harness.targets.reference.tables import Order, State, batch_lines, batches, orders

MOST_LINES = 10_000
FAILED = frozenset({State.REFUNDING, State.REFUNDED, State.CLOSED})

_add = Prepared(insert(batches))
_add_line = Prepared(insert(batch_lines))
_batch = Prepared(select(batches).where(batches.c.batch_no == bindparam("no")))
_batch_of_client = Prepared(
    select(batches).where(
        batches.c.customer_id == bindparam("customer"), batches.c.client_no == bindparam("client")
    )
)
_orders = Prepared(
    select(*orders.c)
    .join_from(batch_lines, orders, orders.c.order_no == batch_lines.c.order_no)
    .where(batch_lines.c.batch_no == bindparam("no"))
    .order_by(batch_lines.c.line)
)
_line_of_order = Prepared(
    select(batch_lines.c.batch_no).where(batch_lines.c.order_no == bindparam("no"))
)


class Line(msgspec.Struct, frozen=True):
    """One line as a merchant sends it."""

    goods: str
    account: str
    client_no: str


class BatchForm(msgspec.Struct, frozen=True):
    """What a merchant sends; `client_no` is his own number of the batch and makes sending it again harmless."""

    client_no: str
    channel: str
    lines: list[Line]


class Batch(msgspec.Struct, frozen=True):
    """A row of batches."""

    batch_no: str
    customer_id: int
    client_no: str


class Placed(msgspec.Struct, frozen=True):
    """A line as it was taken."""

    line: int
    order_no: str
    amount_fen: int


class Failure(msgspec.Struct, frozen=True):
    """A line that brings no goods."""

    line: int
    order_no: str
    account: str
    reason: str


class BatchView(msgspec.Struct, frozen=True):
    """What a merchant sees of a batch."""

    batch_no: str
    lines: int
    delivered: int
    failed: int
    unfinished: int
    failures: list[Failure]


class BatchDesk(Desk):
    """One batch is taken once, however often it is sent, and accounts for each of its lines."""

    def __init__(self, config: Config, db: Database, shop: Shop) -> None:
        super().__init__(config, db)
        self.shop = shop

    async def place(self, customer_id: int, form: BatchForm) -> dict[str, object]:
        """Take a batch, or find the one that was taken under the same number.

        Raises:
            BadOrderError: the form, or a line of it, is wrong; nothing is taken.
            ConflictError: a number was used for something else.
        """
        placings = self.check(form)
        batch, found = await self.db.run(self.write, customer_id, form, placings)
        placed = [Placed(at, one.order_no, one.price_fen) for at, one in enumerate(found, start=1)]
        return {"batch_no": batch.batch_no, "lines": placed}

    def check(self, form: BatchForm) -> list[OrderForm]:
        """Return the lines as orders, once each of them can be taken."""
        if not 1 <= len(form.lines) <= MOST_LINES:
            raise BadOrderError(f"between 1 and {MOST_LINES} lines")
        if len({line.client_no for line in form.lines}) < len(form.lines):
            raise BadOrderError("each line needs a client_no of its own")
        if not 1 <= len(form.client_no) <= 64:
            raise BadOrderError("a client_no of 1 to 64 characters is needed")
        placings = [
            OrderForm(line.goods, line.account, line.client_no, form.channel) for line in form.lines
        ]
        for at, placing in enumerate(placings, start=1):
            try:
                self.shop.check(placing)
            except BadOrderError as error:
                raise BadOrderError(f"line {at}: {error}") from None
        return placings

    def write(
        self, c: Connection, customer_id: int, form: BatchForm, placings: list[OrderForm]
    ) -> tuple[Batch, list[Order]]:
        """Write the batch and all its orders, unless they are there."""
        row = _batch_of_client(c, customer=customer_id, client=form.client_no).fetchone()
        if row is not None:
            return self.known(c, Batch(*row), placings)
        batch = Batch(f"B{digits()}{secrets.token_hex(5)}", customer_id, form.client_no)
        _add(c, **msgspec.structs.asdict(batch))
        taken = [self.shop.write(c, customer_id, placing)[0] for placing in placings]
        for at, order in enumerate(taken, start=1):
            _add_line(c, batch_no=batch.batch_no, line=at, order_no=order.order_no)
        return batch, taken

    def known(
        self, c: Connection, batch: Batch, placings: list[OrderForm]
    ) -> tuple[Batch, list[Order]]:
        """Return a batch that is sent again, as it stands."""
        found = orders_of(c, batch.batch_no)
        said = [(one.goods, one.account, one.client_no) for one in placings]
        if said != [(one.goods, one.account, one.client_no) for one in found]:
            raise ConflictError("this client_no was used for another batch")
        return batch, found

    async def status(self, customer_id: int, batch_no: str) -> BatchView | None:
        """Account for a batch; None if the customer has no such one."""
        return await self.db.read(self.account, customer_id, batch_no)

    def account(self, c: Connection, customer_id: int, batch_no: str) -> BatchView | None:
        """Count the lines of a batch, and name those that failed."""
        row = _batch(c, no=batch_no).fetchone()
        if row is None or Batch(*row).customer_id != customer_id:
            return None
        found = orders_of(c, batch_no)
        delivered = sum(order.state == State.DONE for order in found)
        failed = sum(order.state in FAILED for order in found)
        return BatchView(
            batch_no=batch_no,
            lines=len(found),
            delivered=delivered,
            failed=failed,
            unfinished=len(found) - delivered - failed,
            failures=[
                Failure(at, order.order_no, order.account, self.reason(c, order))
                for at, order in enumerate(found, start=1)
                if self.is_listed(order)
            ],
        )

    def is_listed(self, order: Order) -> bool:
        """Say whether a line is named as failed."""
        return order.state in FAILED

    def reason(self, c: Connection, order: Order) -> str:
        """Say why a line failed."""
        receipt = books.receipt_for_goods(c, order.order_no)
        if receipt is None:
            return "not paid in time"
        number = books.refund_no_of(c, receipt.channel, receipt.trade_no)
        return books.refund(c, number).reason if number else "failed"


def orders_of(c: Connection, batch_no: str) -> list[Order]:
    """Return the orders of a batch, line by line."""
    return [Order(*row) for row in _orders(c, no=batch_no)]


def is_line(c: Connection, order_no: str) -> bool:
    """Say whether an order is a line of a batch."""
    return _line_of_order(c, no=order_no).fetchone() is not None
