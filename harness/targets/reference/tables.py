"""The tables, and one frozen struct a row. Times are real ms since 1970, money is fen.

orders    what a customer wants; WAIT_PAY -> PAID -> CHARGING -> DONE | REFUNDING -> REFUNDED | CLOSED
pays      one try to be paid: one per (order, channel), with a number of its own at the gateway
receipts  money that really came: one per gateway trade
refunds   money that goes back, all of a receipt or a part: one per receipt at most
supplies  one submission to one operator, with a number of its own there
stock     cards of our own; each belongs to nobody or to one order
tickets   a complaint each, until the order it is about has ended; OPEN, ANSWERED, CLOSED
batches   many orders sent at once, and which order is which line of it (batch_lines)
mended    the account that a customer wishes an order had, while another may still be served
tasks     the outbox: what must still be done, by whom, and when
"""

from enum import StrEnum

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


class State(StrEnum):
    """What a customer is shown; an order moves only forward, and CLOSED may end in REFUNDED."""

    WAIT_PAY = "WAIT_PAY"
    PAID = "PAID"
    CHARGING = "CHARGING"
    DONE = "DONE"
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"
    CLOSED = "CLOSED"


class Order(msgspec.Struct, frozen=True):
    """A row of orders."""

    order_no: str
    customer_id: int
    client_no: str
    goods: str
    account: str
    price_fen: int
    state: str
    cards: str
    created_ms: int
    expires_ms: int
    compensation_fen: int = 0
    """What we owe for having been late, as a voucher."""
    done_ms: int = 0
    """When the goods were out."""
    quantity: int = 1


class Pay(msgspec.Struct, frozen=True):
    """A row of pays; state is NEW, OPEN (the customer has its URL), PAID or CLOSED."""

    pay_no: str
    order_no: str
    channel: str
    amount_fen: int
    state: str
    pay_url: str


class Receipt(msgspec.Struct, frozen=True):
    """A row of receipts; `purpose` is "order" for the one payment that buys the goods, else "refund"."""

    channel: str
    trade_no: str
    pay_no: str
    order_no: str
    amount_fen: int
    purpose: str
    booked_ms: int = 0


class Refund(msgspec.Struct, frozen=True):
    """A row of refunds; state is DUE, ASKED (the gateway has it, unconfirmed) or DONE."""

    refund_no: str
    order_no: str
    channel: str
    trade_no: str
    pay_no: str
    amount_fen: int
    reason: str
    state: str
    total_fen: int
    """What was paid, of which this goes back."""
    done_ms: int = 0


class Supply(msgspec.Struct, frozen=True):
    """A row of supplies.

    DUE (to be submitted), SENT (outcome unknown), REFUSED (said no, to be confirmed), OPEN (accepted), DONE, FAILED.
    `missing` counts how often the operator has said that it knows no such order.
    """

    supply_no: str
    order_no: str
    operator: str
    state: str
    sent_ms: int
    missing: int


orders = Table(
    "orders",
    metadata,
    Column("order_no", Text, primary_key=True),
    Column("customer_id", Integer, nullable=False),
    Column("client_no", Text, nullable=False),
    Column("goods", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("price_fen", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("cards", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("compensation_fen", Integer, nullable=False),
    Column("done_ms", BigInteger, nullable=False),
    Column("quantity", Integer, nullable=False),
    UniqueConstraint("customer_id", "client_no"),
)

pays = Table(
    "pays",
    metadata,
    Column("pay_no", Text, primary_key=True),
    Column("order_no", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("pay_url", Text, nullable=False),
    UniqueConstraint("order_no", "channel"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("trade_no", Text, primary_key=True),
    Column("pay_no", Text, nullable=False),
    Column("order_no", Text, nullable=False, index=True),
    Column("amount_fen", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("booked_ms", BigInteger, nullable=False),
)

refunds = Table(
    "refunds",
    metadata,
    Column("refund_no", Text, primary_key=True),
    Column("order_no", Text, nullable=False, index=True),
    Column("channel", Text, nullable=False),
    Column("trade_no", Text, nullable=False),
    Column("pay_no", Text, nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("total_fen", Integer, nullable=False),
    Column("done_ms", BigInteger, nullable=False),
    UniqueConstraint("channel", "trade_no"),
)

supplies = Table(
    "supplies",
    metadata,
    Column("supply_no", Text, primary_key=True),
    Column("order_no", Text, nullable=False, index=True),
    Column("operator", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("sent_ms", BigInteger, nullable=False),
    Column("missing", Integer, nullable=False),
)

stock = Table(
    "stock",
    metadata,
    Column("goods", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("order_no", Text, nullable=False),
    Index("stock_of_order", "goods", "order_no"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("complaint_id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("order_no", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("raised_ms", BigInteger, nullable=False),
)

mended = Table(
    "mended",
    metadata,
    Column("order_no", Text, primary_key=True),
    Column("account", Text, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("batch_no", Text, primary_key=True),
    Column("customer_id", Integer, nullable=False),
    Column("client_no", Text, nullable=False),
    UniqueConstraint("customer_id", "client_no"),
)

batch_lines = Table(
    "batch_lines",
    metadata,
    Column("batch_no", Text, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("order_no", Text, nullable=False, index=True),
)

tasks = Table(
    "tasks",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("due_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("leased", Integer, nullable=False),
    Index("tasks_due", "kind", "leased", "due_ms"),
)

customers = Table(
    "customers",
    metadata,
    Column("customer_id", Integer, primary_key=True, autoincrement=True),
    Column("phone", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("password", Text, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("customer_id", Integer, primary_key=True),
    Column("device", Text, primary_key=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", Text, primary_key=True),
    Column("customer_id", Integer, nullable=False),
    Column("new_device", Integer, nullable=False),
)
