"""Risk control: what is not sold is refused before anybody pays, and what is held is announced.

placing     above the limit of a customer without a real name: refused
payment     large: held, announced, reviewed in time --> goods go out, or the money goes back
"""

from sqlalchemy import Connection, bindparam, select

from harness.targets.reference import books
from harness.targets.reference.clock import now_ms
from harness.targets.reference.config import Config
from harness.targets.reference.database import Database
from harness.targets.reference.delivery_desk import DeliveryDesk
from harness.targets.reference.desk import Desk
from harness.targets.reference.outbox import Outbox, Task
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.refund_desk import RefundDesk
from harness.targets.reference.tables import Order, State, customers

_name = Prepared(select(customers.c.name).where(customers.c.customer_id == bindparam("of")))


class NotAllowedError(Exception):
    """This customer may not order this; nothing was taken."""


class WrongChannelError(Exception):
    """This order may not be paid in this way; nothing was taken."""


class RiskDesk(Desk):
    """No hold without a word to the customer, and no refusal after payment."""

    def __init__(
        self, config: Config, db: Database, delivery: DeliveryDesk, refunds: RefundDesk
    ) -> None:
        super().__init__(config, db)
        self.rules = config.risk
        self.delivery = delivery
        self.refunds = refunds
        self.outbox = Outbox("review")
        self._lately: dict[str, dict[str, int]] = {}
        self.in_use = self.rules.hold_above_fen > 0 and refunds.notices.can_tell

    def admit(self, c: Connection, order: Order) -> None:
        """Refuse an order that is about to be written down.

        Raises:
            NotAllowedError: it is above the customer's limit.
        """
        if self.above_limit(c, order):
            most = self.rules.unverified_most_fen
            raise NotAllowedError(f"without a real name {most} fen is the most")

    def check_channel(self, order: Order, channel: str) -> None:
        """Refuse a way of paying before it is opened.

        Raises:
            WrongChannelError: the order must not be paid through it.
        """
        if self.banned(channel, order):
            raise WrongChannelError(f"this order cannot be paid through {channel}")

    def check_device(self, price_fen: int) -> None:
        """Refuse what may not be bought from a new device.

        Raises:
            NotAllowedError: it is too much.
        """
        if 0 < self.rules.new_device_most_fen < price_fen:
            raise NotAllowedError(
                f"from a new device {self.rules.new_device_most_fen} fen is the most"
            )

    def check_address(self, address: str, placing: str) -> None:
        """Count an order that is placed from an address; the same placing again is no other.

        Raises:
            NotAllowedError: too many were placed from there of late.
        """
        since_ms = now_ms() - self.pace.real_ms(self.rules.per_address_s)
        lately = {one: at for one, at in self._lately.get(address, {}).items() if at > since_ms}
        if placing not in lately and len(lately) >= self.rules.per_address:
            raise NotAllowedError("too many orders from this address, come back later")
        self._lately[address] = {placing: now_ms(), **lately}

    def above_limit(self, c: Connection, order: Order) -> bool:
        """Say whether an order is too large for a customer without a real name."""
        most = self.rules.unverified_most_fen
        return 0 < most < order.price_fen and not self.verified(c, order)

    def verified(self, c: Connection, order: Order) -> bool:
        """Say whether an order's customer has given a name."""
        row = _name(c, of=order.customer_id).fetchone()
        return row is not None and bool(row[0])

    def paid(self, c: Connection, order: Order) -> None:
        """Let an order that has been paid go on, or hold it; tell of a large one."""
        if 0 < self.rules.announce_above_fen < order.price_fen:
            self.tell_large(c, order)
        if self.in_use and order.price_fen > self.rules.hold_above_fen:
            self.outbox.add(c, order.order_no, now_ms() + self.pace.real_ms(self.rules.review_s))
            self.announce(c, order)
        else:
            self.delivery.start(c, order)

    def tell_large(self, c: Connection, order: Order) -> None:
        """Tell the customer of a large payment."""
        self.refunds.notices.tell(c, order.order_no, "large")

    def announce(self, c: Connection, order: Order) -> None:
        """Tell the customer that the order waits, and for what."""
        self.refunds.notices.tell(c, order.order_no, "held")

    def load(self, c: Connection, task: Task) -> Order:
        """Fetch the order of a claimed task."""
        return books.lock_order(c, task.key)

    async def work(self, task: Task, order: Order) -> None:
        """End one hold."""
        await self.db.run(self.review, task, order)

    def review(self, c: Connection, task: Task, order: Order) -> None:
        """Release the order of a customer who is known, give the money of others back."""
        if books.lock_order(c, order.order_no).state == State.PAID:
            if self.verified(c, order):
                self.delivery.start(c, order)
            else:
                self.refunds.give_up(c, order, "held, and not released")
        self.outbox.done(c, task.key)
