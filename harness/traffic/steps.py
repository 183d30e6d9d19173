"""The words between a persona and whoever carries out what it does.

    persona --Place, Pay, PayLink, Status, Wait, Together--> customer
    persona <--list of Heard, one for each thing done------- customer

A persona yields a step and receives what was heard. Waits are upstream time: people live in the story's time.
"""

from collections.abc import Generator
from typing import Literal

import msgspec

Outcome = Literal["ok", "fail", "unknown"]
How = Literal["pays", "refused", "breaks_off", "twice", "pretends"]
Refusal = Literal["balance", "limit", "frozen", "session_expired"]
"""Why a bank refuses: too little money, above a limit, a frozen card, a password-free session that has ended."""
Break = Literal["", "half", "whole"]
"""How much of a request has left when its line breaks; empty: it holds."""
Forgery = Literal["wrong", "empty", "absent"]
"""How a made-up return is signed: by somebody without the key, with nothing, or not at all."""
MISCOUNTS = ("-1", "0", "0.5", "wraps")
"""Counts that no shop sells; `wraps`: as many as make the price in fen, in 32 bits, less than that of one."""
FINAL_STATES = frozenset({"delivered", "refunded", "closed"})


class Wait(msgspec.Struct, frozen=True):
    """Do nothing for a span of upstream time."""

    upstream_ms: float


class Place(msgspec.Struct, frozen=True):
    """Place the intent's order, with the intent's own client token; `attempt` counts from 1."""

    attempt: int = 1
    slip: bool = False
    """A key too many gets into the account; the right one can still be read in it, as right_account does."""
    tampers: bool = False
    """What the order costs is one fen, if the customer is believed."""
    count: str = ""
    """One of `MISCOUNTS` is ordered, if the customer is believed; empty: as many as he wants."""
    breaks: Break = ""
    """The line breaks with half of the request on its way, or all of it, and no answer is heard."""


class PayLink(msgspec.Struct, frozen=True):
    """Ask for a link to pay an order, through the named gateway."""

    order_no: str
    gateway: str


class Pay(msgspec.Struct, frozen=True):
    """Have the bank app pay a link; `amount_fen` is what the customer believes it costs."""

    order_no: str
    pay_url: str
    amount_fen: int | None = None
    gateway: str = ""
    """The gateway that the link belongs to; empty means the intent's own."""
    attempt: int = 1
    how: How = "pays"
    """Pays; is refused by the bank for `refusal`; breaks off half way; pays twice at the same instant; or makes up a
    return to the platform that says that he has, signed as `forgery` says."""
    refusal: Refusal = "balance"
    forgery: Forgery = "wrong"
    returns: bool = False
    """Pays on the gateway's page, and hears where that sends the browser."""


class Status(msgspec.Struct, frozen=True):
    """Look at an order."""

    order_no: str


class ComeBack(msgspec.Struct, frozen=True):
    """Open the platform's return page, as the gateway's page or, `made_up`, somebody else wrote its URL."""

    order_no: str
    url: str
    made_up: bool = False


class Resend(msgspec.Struct, frozen=True):
    """Ask for redelivery (补发) to the intent's account, which mends one that was slipped in."""

    order_no: str


class Complain(msgspec.Struct, frozen=True):
    """Complain about a payment at the gateway that took it."""

    order_no: str
    pay_url: str


class Ticket(msgspec.Struct, frozen=True):
    """Open a ticket for an order with the platform."""

    order_no: str


class TicketState(msgspec.Struct, frozen=True):
    """Look at an order's ticket."""

    order_no: str


class WalletPay(msgspec.Struct, frozen=True):
    """Have the platform take an order's price from the balance."""

    order_no: str


class ReadWallet(msgspec.Struct, frozen=True):
    """Look at the balance and its lines."""


class Trespass(msgspec.Struct, frozen=True):
    """Have somebody else, with a session of his own, ask for an order by its number."""

    order_no: str


class Meddle(msgspec.Struct, frozen=True):
    """Have somebody else, with a session of his own, ask for redelivery of an order to an account that he names."""

    order_no: str


class Borrow(msgspec.Struct, frozen=True):
    """Have somebody else, with a session of his own, place an order under the number that this customer gave his."""

    order_no: str


class Swap(msgspec.Struct, frozen=True):
    """Place the order once more under the same number, for dearer goods or more of the same."""

    order_no: str


class Guess(msgspec.Struct, frozen=True):
    """Have somebody try so many wrong passwords on a fresh account, one after another, and then the right one.

    `rest_ms` (upstream time) lie between the last wrong one and the right one.
    """

    wrong: int
    rest_ms: float = 0.0


class Intrude(msgspec.Struct, frozen=True):
    """Have somebody log in as this customer, from a device and an address that never were his.

    Whatever comes after it is done by him, in the customer's name.
    """


class PlaceBatch(msgspec.Struct, frozen=True):
    """Send all lines of the merchant's batch, under the same numbers each time; one answer is heard for each line."""

    attempt: int = 1


class BatchStatus(msgspec.Struct, frozen=True):
    """Read what became of the batch; its state is `done` once each line is delivered or failed, else `open`."""


class Together(msgspec.Struct, frozen=True):
    """Do several things at the same instant, as with two thumbs or two devices."""

    steps: tuple["Place | PayLink | Pay | Status | Line", ...]


Deed = (
    Place
    | PayLink
    | Pay
    | Status
    | ComeBack
    | Resend
    | Complain
    | Ticket
    | TicketState
    | WalletPay
    | ReadWallet
    | Trespass
    | Meddle
    | Borrow
    | Swap
    | Guess
    | Intrude
)


class Line(msgspec.Struct, frozen=True):
    """Do something for one line of the batch, or for one of the orders that are paid from a wallet, counted from 0."""

    at: int
    deed: Deed


OfBatch = PlaceBatch | BatchStatus | Line
Step = Deed | Wait | Together | OfBatch


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one deed; a value that was not given is empty or None."""

    outcome: Outcome
    http_status: int = 0
    reason: str = ""
    order_no: str = ""
    amount_fen: int | None = None
    pay_url: str = ""
    back: str = ""
    """Where the gateway's page sends the browser after a payment."""
    state: str = ""
    cards: tuple[str, ...] = ()
    account: str = ""
    """The account that an order is for, as it is shown."""
    compensation_fen: int | None = None
    """What has been given for having been late, where the platform shows it."""
    balance_fen: int | None = None
    """What a wallet shows."""
    ref: str = ""


Life = Generator[Step, list[Heard], None]
"""A persona at work; it ends when the customer walks away."""

_RANK = {"ok": 0, "unknown": 1, "fail": 2}


def best(heard: list[Heard]) -> Heard:
    """Return the most hopeful of several answers, the first of equals: ok, else unknown, else fail."""
    return min(heard, key=lambda one: _RANK[one.outcome])
