"""The customer asks for redelivery (补发), perhaps to a mended account: exactly one account may receive.

nothing sent yet         the order's account is mended, and only the new one is ever served
somebody is at work      the wish is kept; it counts only once that operator has surely failed
delivered or paid back   too late
"""

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from harness.targets.reference import books
from harness.targets.reference.config import Config
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.outbox import Outbox
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.tables import Order, State, mended, orders, supplies

OPEN = frozenset({State.WAIT_PAY, State.PAID, State.CHARGING})
_of_order = mended.c.order_no == bindparam("no")
_wish = Prepared(select(mended.c.account).where(_of_order))
_forget = Prepared(delete(mended).where(_of_order))
_note = Prepared(insert(mended))
_mend = Prepared(
    update(orders).where(orders.c.order_no == bindparam("no")).values(account=bindparam("to"))
)
_submissions = Prepared(
    select(supplies.c.supply_no, supplies.c.sent_ms).where(
        supplies.c.order_no == bindparam("no"), supplies.c.state != bindparam("failed")
    )
)


class TooLateError(Exception):
    """The order has ended, with goods or with money back."""


class CorrectionDesk(Desk):
    """Redelivery is a question to whoever is at work, never a second delivery."""

    def __init__(self, config: Config, db: Database, supply: Outbox) -> None:
        super().__init__(config, db)
        self.supply = supply

    def resend(self, c: Connection, order: Order, account: str) -> Order:
        """Mend an open order's account as far as that is safe, and look at once what became of it.

        Raises:
            TooLateError: the order has ended.
        """
        order = books.lock_order(c, order.order_no)
        if order.state not in OPEN:
            raise TooLateError("this order has ended")
        _forget(c, no=order.order_no)
        order = order if account == order.account else self.correct(c, order, account)
        self.push(c, order)
        return order

    def correct(self, c: Connection, order: Order, account: str) -> Order:
        """Mend the account if nobody has been sent the old one; else keep the wish."""
        if any(sent_ms for _, sent_ms in under_way(c, order)):
            _note(c, order_no=order.order_no, account=account)
            return order
        return mend(c, order, account)

    def push(self, c: Connection, order: Order) -> None:
        """Have the operators asked now."""
        for supply_no, _ in under_way(c, order):
            self.supply.hasten(c, supply_no)


def under_way(c: Connection, order: Order) -> list[tuple[str, int]]:
    """Return number and time of every submission that has not failed; the time is 0 before it is sent."""
    return [(str(no), int(ms)) for no, ms in _submissions(c, no=order.order_no, failed="FAILED")]


def mend(c: Connection, order: Order, account: str) -> Order:
    """Write another account into an order."""
    _mend(c, no=order.order_no, to=account)
    return msgspec.structs.replace(order, account=account)


def take_wish(c: Connection, order: Order) -> Order | None:
    """Return the order with the account that was wished for meanwhile, None if none was."""
    row = _wish(c, no=order.order_no).fetchone()
    if row is None:
        return None
    _forget(c, no=order.order_no)
    return mend(c, order, str(row[0]))
