"""The counter: orders are placed, found, shown and closed here. Prices are the list's, never the customer's."""

import re
import secrets

import msgspec
from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.cache_desk import CacheDesk
from harness.targets.reference.clock import digits, now_ms
from harness.targets.reference.complaint_desk import ComplaintDesk
from harness.targets.reference.config import Config, Goods
from harness.targets.reference.corrections import CorrectionDesk, TooLateError
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.money import yuan
from harness.targets.reference.operators import Card
from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.tables import Order, Pay, State

_PHONE = re.compile(r"1[3-9]\d{9}")
_ACCOUNT = re.compile(r"[^\s<>\"']{2,64}")
_LIST_MOST = 50


class BadOrderError(Exception):
    """The order cannot be taken as it is written."""


class ConflictError(Exception):
    """The order is not in a state in which this can be done, or its number was used for another."""


class OrderForm(msgspec.Struct, frozen=True):
    """What a customer sends; `client_no` is his own number and makes placing idempotent.

    `price` is what his page showed him, in yuan: the list decides, and an order at another price is refused.
    """

    goods: str
    account: str
    client_no: str
    channel: str
    price: str = ""
    quantity: int | str = 1


class View(msgspec.Struct, frozen=True):
    """What a customer sees of an order; cards only once it is delivered."""

    order_no: str
    state: str
    amount_fen: int
    goods: str
    account: str
    pay_url: str | None
    cards: list[Card]
    created_ms: int
    compensation_fen: int = 0


class Shop(Desk):
    """One submission is one order, and who asks for it again finds it again."""

    def __init__(
        self,
        config: Config,
        db: Database,
        payments: PaymentDesk,
        corrections: CorrectionDesk,
        complaints: ComplaintDesk,
        *,
        cache: CacheDesk,
    ) -> None:
        super().__init__(config, db)
        self.payments = payments
        self.corrections = corrections
        self.complaints = complaints
        self.cache = cache

    async def place(self, customer_id: int, form: OrderForm) -> View:
        """Place an order, or find the one placed under the same number, and open a way to pay it.

        Raises:
            BadOrderError: the form is wrong.
            ConflictError: the number was used for another order.
            GatewayBusyError: the order stands, but cannot be paid yet.
        """
        self.check(form)
        order, pay = await self.db.run(self.write, customer_id, form)
        return await self._payable(order, pay)

    def check(self, form: OrderForm) -> None:
        """Refuse what cannot be delivered before anybody pays for it."""
        goods = self.goods.get(form.goods)
        if goods is None:
            raise BadOrderError(f"no such goods: {form.goods!r}")
        if form.channel not in self.payments.by_channel:
            raise BadOrderError(f"no such channel: {form.channel!r}")
        self.check_account(goods, form.account)
        self.check_price(goods, form.price)
        if str(form.quantity) not in map(str, range(1, goods.most + 1)):
            raise BadOrderError(f"between 1 and {goods.most} of these")
        if not 1 <= len(form.client_no) <= 64:
            raise BadOrderError("a client_no of 1 to 64 characters is needed")

    def check_price(self, goods: Goods, price: str) -> None:
        """Refuse a price that is not the list's: the page was old, or somebody wrote into it."""
        if price and price != yuan(goods.price_fen):
            raise BadOrderError("the price is another one")

    def price_fen(self, form: OrderForm) -> int:
        """Return what the order costs: what the list says."""
        return self.goods[form.goods].price_fen * int(form.quantity)

    def check_account(self, goods: Goods, account: str) -> None:
        """Refuse an account that goods of this kind cannot go to."""
        wanted = _PHONE if goods.kind in {"phone", "cards"} else _ACCOUNT
        if not wanted.fullmatch(account):
            raise BadOrderError("the account is not one that these goods can go to")

    def write(self, c: Connection, customer_id: int, form: OrderForm) -> tuple[Order, Pay]:
        """Write the order and its way to be paid, unless they are there."""
        key = self.placing_key(form)
        order = books.order_of_client(c, customer_id, key)
        if order is None:
            order = self._new(customer_id, form, key)
            self.payments.risk.admit(c, order)
            self.payments.risk.check_channel(order, form.channel)
            books.add_order(c, order)
        elif not self.is_the_same(order, form):
            raise ConflictError("this client_no was used for another order")
        return order, self.payments.start(c, order, form.channel)

    def is_the_same(self, order: Order, form: OrderForm) -> bool:
        """Say whether a form asks for what was ordered under its number before."""
        wanted = (form.goods, form.account, int(form.quantity))
        return (order.goods, order.account, order.quantity) == wanted

    def placing_key(self, form: OrderForm) -> str:
        """Return what makes two submissions one: the customer's own number."""
        return form.client_no

    def _new(self, customer_id: int, form: OrderForm, key: str) -> Order:
        now = now_ms()
        return Order(
            order_no=f"N{digits()}{secrets.token_hex(5)}",
            customer_id=customer_id,
            client_no=key,
            goods=form.goods,
            account=form.account,
            price_fen=self.price_fen(form),
            state=State.WAIT_PAY,
            cards="[]",
            created_ms=now,
            expires_ms=now + self.pace.real_ms(self.timers.expiry_s),
            quantity=int(form.quantity),
        )

    async def pay_link(self, customer_id: int, order_no: str, channel: str) -> View | None:
        """Open another way to pay an unpaid order; None if the customer has no such order.

        Raises:
            BadOrderError, ConflictError, GatewayBusyError: as for `place`.
        """
        if channel not in self.payments.by_channel:
            raise BadOrderError(f"no such channel: {channel!r}")
        found = await self.db.run(self._link, customer_id, order_no, channel)
        return None if found is None else await self._payable(*found)

    def _link(
        self, c: Connection, customer_id: int, order_no: str, channel: str
    ) -> tuple[Order, Pay] | None:
        order = self.find(c, customer_id, order_no)
        if order is None:
            return None
        if order.state != State.WAIT_PAY or now_ms() >= order.expires_ms:
            raise ConflictError("this order can no longer be paid")
        self.check_link(order, channel)
        return order, self.payments.start(c, order, channel)

    def check_link(self, order: Order, channel: str) -> None:
        """Refuse another way of paying that the order must not be paid in."""
        self.payments.risk.check_channel(order, channel)

    async def _payable(self, order: Order, pay: Pay) -> View:
        url = pay.pay_url
        if order.state == State.WAIT_PAY:
            url = await self.payments.open(pay, order)
        return self.show(order, url)

    def find(self, c: Connection, customer_id: int, order_no: str) -> Order | None:
        """Find a customer's own order; other people's do not exist for him."""
        order = books.order(c, order_no)
        return order if order is not None and order.customer_id == customer_id else None

    async def status(self, customer_id: int, order_no: str) -> View | None:
        """Show one order as it is now."""
        order = await self.cache.order(
            customer_id, order_no, lambda: self.db.read(self.find, customer_id, order_no)
        )
        return None if order is None else self.show(order)

    async def latest(self, customer_id: int, page: int = 1, size: int = _LIST_MOST) -> list[View]:
        """Show a page of a customer's orders, newest first; the first page is 1.

        Raises:
            BadOrderError: there can be no such page.
        """
        if page < 1 or not 1 <= size <= _LIST_MOST:
            raise BadOrderError(f"a page from 1 on, of 1 to {_LIST_MOST} orders")
        found = await self.db.read(self.listed, customer_id, page, size)
        return [self.show(order) for order in found]

    def listed(self, c: Connection, customer_id: int, page: int, size: int) -> list[Order]:
        """Return the orders of a page."""
        return books.orders_of_customer(c, customer_id, size, self.past(page, size))

    def past(self, page: int, size: int) -> int:
        """Return how many orders come before a page."""
        return (page - 1) * size

    async def resend(self, customer_id: int, order_no: str, account: str) -> View | None:
        """Ask for redelivery (补发), with a mended account if one is given; None if the customer has no such order.

        Raises:
            BadOrderError: the goods cannot go to that account.
            ConflictError: the order has ended.
        """
        order = await self.db.run(self._resend, customer_id, order_no, account)
        return None if order is None else self.show(order)

    def _resend(self, c: Connection, customer_id: int, order_no: str, account: str) -> Order | None:
        order = self.find(c, customer_id, order_no)
        if order is None:
            return None
        if account:
            self.check_account(self.goods[order.goods], account)
        try:
            return self.corrections.resend(c, order, account or order.account)
        except TooLateError as error:
            raise ConflictError(str(error)) from None

    async def ticket(
        self, customer_id: int, order_no: str, *, opened: bool
    ) -> dict[str, str] | None:
        """Open a ticket for an order, or look at it; None if the customer has no such order, or it has no ticket."""
        return await self.db.run(self._ticket, customer_id, order_no, opened)

    def _ticket(
        self, c: Connection, customer_id: int, order_no: str, opened: bool
    ) -> dict[str, str] | None:
        order = self.find(c, customer_id, order_no)
        if order is None:
            return None
        desk = self.complaints
        found = desk.ticket(c, order) if opened else desk.ticket_of(c, order)
        return None if found is None else {"ticket": found.complaint_id, "state": found.state}

    async def close(self, customer_id: int, order_no: str) -> View | None:
        """End an unpaid order at its customer's wish; it is CLOSED once its gateways say it is unpaid.

        Raises:
            ConflictError: it is paid already.
        """
        order = await self.db.run(self._close, customer_id, order_no)
        return None if order is None else self.show(order)

    def _close(self, c: Connection, customer_id: int, order_no: str) -> Order | None:
        order = self.find(c, customer_id, order_no)
        if order is None:
            return None
        if order.state not in {State.WAIT_PAY, State.CLOSED}:
            raise ConflictError("this order has been paid")
        if order.state == State.WAIT_PAY:
            self.payments.expire(c, order)
        return order

    def show(self, order: Order, pay_url: str | None = None) -> View:
        """Turn an order into what its customer may see."""
        cards = msgspec.json.decode(order.cards, type=list[Card])
        return View(
            order_no=order.order_no,
            state=order.state,
            amount_fen=order.price_fen,
            goods=order.goods,
            account=order.account,
            pay_url=pay_url,
            cards=cards if order.state == State.DONE else [],
            created_ms=order.created_ms,
            compensation_fen=order.compensation_fen,
        )

    def price_list(self) -> list[Goods]:
        """Return what is for sale."""
        return list(self.goods.values())
