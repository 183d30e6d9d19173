"""The records of the upstreams' own books: trades and refunds of a gateway, orders and cards of an operator.

`ledger.py` moves them, dialects render them, nobody else changes them. Times are wall nanoseconds, 0 meaning not yet;
money is integer fen.
"""

from enum import StrEnum
from typing import Literal

import msgspec


class Reason(StrEnum):
    """Why the books themselves say no; each dialect says it in its own words."""

    NOT_FOUND = "not_found"
    ALREADY_PAID = "already_paid"
    NOT_PAID = "not_paid"
    CLOSED = "closed"
    FINISHED = "finished"
    """Paid so long ago that nothing is changed any more."""
    EXPIRED = "expired"
    LINK_EXPIRED = "link_expired"
    """The trade may still be paid, but not by the link that its customer has."""
    PARAMS_CHANGED = "params_changed"
    """The same order number again with other facts."""
    DUPLICATE = "duplicate"
    """The same order number again, which this upstream never allows."""
    REFUND_TOO_MUCH = "refund_too_much"
    REFUND_TOO_SOON = "refund_too_soon"
    """After another refund of the same trade."""
    REFUND_TOO_OFTEN = "refund_too_often"
    REFUND_TOO_LATE = "refund_too_late"
    """Long after the payment."""
    PRICE_DIFFERS = "price_differs"
    """A refund that misstates what the trade cost."""
    NOT_ABNORMAL = "not_abnormal"
    """A refund that has not gone wrong needs no other way to the customer."""
    REFUND_CHANGED = "refund_changed"
    """The same refund number again with another amount or trade."""
    NO_PRODUCT = "no_product"
    OUT_OF_STOCK = "out_of_stock"
    RATE_LIMITED = "rate_limited"
    MAINTENANCE = "maintenance"
    """Closed at this hour, or under repair."""
    LOW_BALANCE = "low_balance"
    COST_ABOVE_LIMIT = "cost_above_limit"
    """The order costs more than the highest cost that the caller accepts."""
    MALFORMED = "malformed"
    """A field is missing, or is no value of its kind."""


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of an operator's price list; `face_fen` is what a unit is worth to its receiver."""

    id: str
    kind: Literal["topup", "cards"] = "topup"
    cost_fen: int
    face_fen: int = 0
    title: str = ""


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """One product as it stands on the shelf: what is left (None: plenty), and whether it sells."""

    product: Product
    left: int | None = None
    on_sale: bool = True


class Refund(msgspec.Struct, kw_only=True):
    """Money that went back; `refund_no` is the platform's number, `ref` the gateway's."""

    refund_no: str
    ref: str
    trade: "Trade"
    amount_fen: int
    created_ns: int
    done_ns: int = 0
    abnormal: bool = False
    """Promised, but it did not reach the customer; another way must be asked for."""
    notify_url: str = ""
    reason: str = ""


class Trade(msgspec.Struct, kw_only=True, gc=False):
    """One trade at a gateway: `order_no` is the platform's out_trade_no, `ref` the gateway's trade_no."""

    ref: str
    order_no: str
    amount_fen: int
    """What the platform asked for."""
    created_ns: int
    expires_ns: int = 0
    linked_ns: int = 0
    """When its pay link was handed out again; 0 if only when it was made."""
    subject: str = ""
    attach: str = ""
    notify_url: str = ""
    fingerprint: object = None
    """What must be equal for a second create of the same number to count as the same (see Ask.fingerprint)."""
    extra: dict[str, str] = {}
    """Facts that only the dialect reads: a channel type, a return URL."""
    intent: int | None = None
    state: Literal["unpaid", "paid", "closed"] = "unpaid"
    captured_fen: int = 0
    """What the customer's bank really took."""
    paid_ns: int = 0
    closed_ns: int = 0
    finished_ns: int = 0
    """When a paid trade became final: nothing more is given back."""
    refunded_fen: int = 0
    refunds: dict[str, Refund] = {}


class Card(msgspec.Struct, frozen=True):
    """One card: a number and a password that exist once."""

    number: str
    password: str


class SupplierOrder(msgspec.Struct, kw_only=True):
    """One order at an operator: `order_no` is the platform's number, `ref` and `serial` the operator's own."""

    ref: str
    serial: int
    order_no: str
    account: str
    product: Product
    quantity: int
    cost_fen: int
    """Debited at submit, for all units."""
    created_ns: int
    ordered_units: int = 0
    """Asked for; `quantity` is what the operator means to hand out."""
    fingerprint: object = None
    """What must be equal for a second submit of the same number to count as the same."""
    remark: str = ""
    notify_url: str = ""
    extra: dict[str, str] = {}
    intent: int | None = None
    state: Literal["delivering", "delivered", "partial", "failed"] = "delivering"
    unpaid: bool = False
    """The balance did not cover it when it was taken, so that nothing was debited."""
    cancelled: bool = False
    """It failed because its buyer applied for that, or was not paid."""
    done_ns: int = 0
    done_units: float = 0
    """Handed out: all of `quantity` when delivered, some of it when partial; of a divided top-up a part of one."""
    back_fen: int = 0
    """Credited back."""
    left: int | None = None
    """How many units of its product were left when it had been taken, None for plenty."""
    cards: list[Card] = []
    """May come later than the state: an order can be delivered while its cards are not there yet."""

    @property
    def charged_fen(self) -> int:
        """The face value that reached the account."""
        return round(self.product.face_fen * self.done_units)


class Message(msgspec.Struct, kw_only=True):
    """What a customer is told; `way` is sms or in_app, `order_no` the platform's number if it is about an order."""

    id: str
    phone: str
    text: str
    created_ns: int
    way: str = "sms"
    order_no: str = ""
    sent_ns: int = 0
