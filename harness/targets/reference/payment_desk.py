"""Money in: a trade at the gateway for each try to pay, believed only as far as it can be checked.

open      the trade is created under one number per (order, channel); asking again is the same trade
notice    checked, booked, and only then acknowledged
watch     unpaid trades are asked about until they are paid, or closed at expiry and for some time after it
booked    one transaction: the receipt, the order's compare-and-set, and what follows in the outbox
"""

import asyncio
import logging

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.clock import now_ms
from harness.targets.reference.config import Config
from harness.targets.reference.database import Database, StoreError
from harness.targets.reference.delivery_desk import DeliveryDesk
from harness.targets.reference.desk import Desk
from harness.targets.reference.gateways import (
    BadNoticeError,
    Gateway,
    Incoming,
    Notice,
    Opened,
    Reply,
    Trade,
    Truth,
)
from harness.targets.reference.outbox import Outbox, Task
from harness.targets.reference.promise_desk import PromiseDesk
from harness.targets.reference.refund_desk import RefundDesk
from harness.targets.reference.risk_desk import RiskDesk
from harness.targets.reference.tables import Order, Pay, Receipt, State

log = logging.getLogger("reference.payments")

_OPEN_TRIES = 2


class GatewayBusyError(Exception):
    """The trade could not be created now; the customer may try again."""


class PaymentDesk(Desk):
    """Each order is bought by one payment of exactly its price; all other money goes back."""

    def __init__(
        self,
        config: Config,
        db: Database,
        gateways: dict[str, Gateway],
        delivery: DeliveryDesk,
        refunds: RefundDesk,
        *,
        risk: RiskDesk,
        promises: PromiseDesk,
    ) -> None:
        super().__init__(config, db)
        self.gateways = gateways
        self.by_channel = {gateway.channel: gateway for gateway in gateways.values()}
        self.delivery = delivery
        self.refunds = refunds
        self.risk = risk
        self.promises = promises
        self.outbox = Outbox("watch")
        self._opening: dict[str, asyncio.Task[str]] = {}

    # Opening: a place where the customer can pay.

    def start(self, c: Connection, order: Order, channel: str) -> Pay:
        """Return the order's try on a channel, writing it down before any gateway hears of it."""
        pay = books.pay_by_channel(c, order.order_no, channel)
        if pay is None:
            letter = sorted(self.by_channel).index(channel)
            number = f"{order.order_no}P{letter}"
            pay = Pay(number, order.order_no, channel, order.price_fen, "NEW", "")
            books.add_pay(c, pay)
            self.outbox.add(c, number, now_ms() + self.pace.real_ms(self.timers.pay_poll_first_s))
        return pay

    async def open(self, pay: Pay, order: Order) -> str:
        """Return the URL under which a try can be paid; concurrent callers share one create.

        Raises:
            GatewayBusyError: the gateway did not give one.
        """
        if pay.pay_url:
            return pay.pay_url
        opening = self._opening.get(pay.pay_no)
        if opening is None:
            opening = asyncio.create_task(self._open(pay, order))
            self._opening[pay.pay_no] = opening
            opening.add_done_callback(lambda _: self._opening.pop(pay.pay_no, None))
        return await asyncio.shield(opening)

    async def _open(self, pay: Pay, order: Order) -> str:
        gateway = self.by_channel[pay.channel]
        title = self.goods[order.goods].title or order.goods
        opened = Opened()
        for _ in range(_OPEN_TRIES):
            opened = await gateway.open(pay, title, order.account)
            if opened.pay_url:
                await self.db.run(books.pay_opened, pay.pay_no, opened.pay_url)
                return opened.pay_url
        raise GatewayBusyError(opened.reason)

    # Notices: what a gateway tells us.

    async def take_notice(self, gateway: Gateway, incoming: Incoming) -> Reply:
        """Judge a notification, book it, and only then acknowledge it."""
        try:
            notice = self.judge(gateway, incoming)
            if notice.refund_no:
                await self.db.run(self.refunds.hasten, notice.refund_no)
            else:
                await self.believe(gateway, notice)
        except BadNoticeError as error:
            log.warning("%s: refused a notification: %s", gateway.channel, error)
            return gateway.refused
        except StoreError:
            log.exception("%s: a notification could not be booked", gateway.channel)
            return gateway.failed
        return gateway.accepted

    async def take_return(self, gateway: Gateway, incoming: Incoming) -> bool:
        """Book what a browser brings back from the gateway, if that has signed it; say whether it was so."""
        return await self.take_notice(gateway, incoming) is gateway.accepted

    def judge(self, gateway: Gateway, incoming: Incoming) -> Notice:
        """Return what a notification says.

        Raises:
            BadNoticeError: it is not by this gateway, or not for us.
        """
        if not self.signature_ok(gateway, incoming):
            raise BadNoticeError("bad signature")
        return gateway.read(incoming)

    def signature_ok(self, gateway: Gateway, incoming: Incoming) -> bool:
        """Say whether the gateway itself signed this."""
        return gateway.signature_ok(incoming)

    async def believe(self, gateway: Gateway, notice: Notice) -> None:
        """Book a payment; one that does not match our books is first compared with the gateway's.

        Raises:
            BadNoticeError: the order is not ours, or the gateway does not confirm it.
        """
        pay = await self.db.read(books.pay, notice.pay_no)
        if pay is None or pay.channel != gateway.channel:
            raise BadNoticeError(f"no such order: {notice.pay_no}")
        truth = Truth(Trade.PAID, notice.trade_no, notice.amount_fen)
        if not self.amount_agrees(pay.amount_fen, notice.amount_fen):
            truth = await gateway.ask(pay.pay_no)
            if truth.trade is not Trade.PAID:
                raise BadNoticeError(f"{notice.amount_fen} fen, which the gateway does not confirm")
        await self.book(self.receipt(pay, truth))

    def amount_agrees(self, price_fen: int, amount_fen: int) -> bool:
        """Say whether a payment is exactly what was asked for."""
        return price_fen == amount_fen

    def receipt(self, pay: Pay, truth: Truth) -> Receipt:
        """Write out a receipt for money that a gateway has taken."""
        amount_fen = truth.amount_fen
        return Receipt(pay.channel, truth.trade_no, pay.pay_no, pay.order_no, amount_fen, "refund")

    # Booking: one transaction.

    async def book(self, receipt: Receipt) -> None:
        """Book money that came."""
        await self.db.run(self.booked, receipt)

    def booked(self, c: Connection, receipt: Receipt) -> None:
        """Book a receipt once: it buys the order if it may, else it goes back."""
        order = books.lock_order(c, receipt.order_no)
        if books.receipt(c, receipt.channel, receipt.trade_no) is not None:
            return
        buys = self.amount_agrees(order.price_fen, receipt.amount_fen) and self.mark_paid(c, order)
        self.file(c, receipt, "order" if buys else "refund")
        if buys:
            self.promises.paid(c, order)
            self.risk.paid(c, order)
        elif order.state == State.WAIT_PAY:
            self.wrong_amount(c, order, receipt)
        elif order.state == State.CLOSED:
            self.late_payment(c, order, receipt)
        else:
            self.second_payment(c, order, receipt)

    def file(self, c: Connection, receipt: Receipt, purpose: str) -> None:
        """File the receipt; its trade needs no watching any more."""
        number = receipt.pay_no
        named = (receipt.channel, receipt.trade_no, number, receipt.order_no)
        books.add_receipt(c, Receipt(*named, receipt.amount_fen, purpose, now_ms()))
        books.pay_moved(c, number, "PAID")
        self.outbox.done(c, number)

    def mark_paid(self, c: Connection, order: Order) -> bool:
        """Take the order, if nobody else has: of two payments one wins."""
        return books.move_order(c, order.order_no, State.PAID, was=State.WAIT_PAY)

    def wrong_amount(self, c: Connection, order: Order, receipt: Receipt) -> None:
        """Another amount than the price was taken: it goes back, and the order ends."""
        books.move_order(c, order.order_no, State.REFUNDING, was=State.WAIT_PAY)
        self.refunds.owe(c, receipt, "wrong amount")

    def late_payment(self, c: Connection, _order: Order, receipt: Receipt) -> None:
        """The order was closed when the money came: it goes back."""
        self.refunds.owe(c, receipt, "paid after closing")

    def second_payment(self, c: Connection, _order: Order, receipt: Receipt) -> None:
        """The order had been paid already: the second payment goes back."""
        self.refunds.owe(c, receipt, "paid twice")

    # Watching: what a gateway forgot to tell us.

    def load(self, c: Connection, task: Task) -> tuple[Pay, Order]:
        """Fetch the try of a claimed task, with its order."""
        return books.pay_with_order(c, task.key)

    async def work(self, task: Task, job: tuple[Pay, Order]) -> None:
        """Look after one unpaid trade: ask about it, and close it when its time is up."""
        pay, order = job
        expired = now_ms() >= order.expires_ms
        truth = await self.look(pay, close=expired and pay.state != "CLOSED")
        if truth.trade is Trade.PAID:
            await self.book(self.receipt(pay, truth))
        elif truth.trade is Trade.UNKNOWN or not expired:
            await self.db.run(self.look_again, task, order)
        else:
            await self.db.run(self.unpaid_at_expiry, task, pay, order, truth)

    async def look(self, pay: Pay, *, close: bool) -> Truth:
        """Ask the gateway about a trade, closing it first if its time is up."""
        gateway = self.by_channel[pay.channel]
        return await (gateway.close(pay.pay_no) if close else gateway.ask(pay.pay_no))

    def look_again(self, c: Connection, task: Task, order: Order) -> None:
        """Come back later, but not later than the order's expiry."""
        first_s, last_s = self.timers.pay_poll_first_s, self.timers.pay_poll_last_s
        now, tries = now_ms(), task.tries + 1
        next_ms = now + self.pace.after_ms(first_s, last_s, tries, task.key)
        if now < order.expires_ms:
            next_ms = min(next_ms, order.expires_ms)
        self.outbox.again(c, task.key, next_ms, tries)

    def unpaid_at_expiry(
        self, c: Connection, task: Task, pay: Pay, order: Order, truth: Truth
    ) -> None:
        """Close the order if no try is open any more, and keep an eye on what can still be paid."""
        books.lock_order(c, order.order_no)
        books.pay_moved(c, pay.pay_no, "CLOSED")
        others = {other.state for other in books.pays_of_order(c, order.order_no)}
        if others == {"CLOSED"}:
            books.move_order(c, order.order_no, State.CLOSED, was=State.WAIT_PAY)
        watched_ms = order.expires_ms + self.pace.real_ms(self.timers.late_watch_s)
        if truth.trade is Trade.CLOSED or now_ms() >= watched_ms:
            self.outbox.done(c, pay.pay_no)
            return
        first_s, last_s = self.timers.pay_poll_last_s, self.timers.late_poll_last_s
        tries = task.tries + 1 if pay.state == "CLOSED" else 0
        next_ms = now_ms() + self.pace.after_ms(first_s, last_s, tries, pay.pay_no)
        self.outbox.again(c, pay.pay_no, next_ms, tries)

    def expire(self, c: Connection, order: Order) -> None:
        """End an unpaid order's time now; its tries are closed by the watch."""
        books.expire_order(c, order.order_no, now_ms())
        for pay in books.pays_of_order(c, order.order_no):
            self.outbox.hasten(c, pay.pay_no)
