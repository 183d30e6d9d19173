"""A platform's own wallet (余额): how customers read it, pay from it and top it up, and what a line of it (流水) says.

wallet:
read: {get: /api/wallet, take: {balance: balance, lines: records}}
lines: {order_no: order_no, amount: change}
channel: balance
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from harness.core.document import Document
from harness.core.units import fen_from_yuan
from harness.targets._bill import field_of, rows_of
from harness.targets._words import Steps, steps_of

if TYPE_CHECKING:
    from harness.targets.target import Target

WALLET = "wallet"
"""The channel of what is paid from a wallet, beside the names of gateways."""
TOPUP = "topup"
"""The kind of goods that are money in the wallet."""
CALLS = {"wallet": "read", "wallet_pay": "pay", "topup": "topup", "topup_status": "topup_status"}
"""Calls within a session that are described here: their names among all others, and the key that each stands under."""

Kind = Literal["topup", "paid", "refunded"]
"""What a line says: money that was paid in, what was paid for an order, what was given back for one."""


class WalletLines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the fields of a line stand: by name, or by place from "1" where lines have no names."""

    order_no: str
    order_no_in: str = ""
    """A regular expression whose last group is the number, where the field is a text that names it."""
    amount: str
    """Below 0: taken from the balance; of a kind that is named, the kind says so, however it is written."""
    kind: str = ""
    kinds: dict[str, Kind] = {}
    """The platform's kinds to ours. Lines of other kinds belong to no order: they only add up."""
    money: Literal["", "fen", "yuan"] = ""
    """Of its amounts and of the balance, where they are written in another unit than those of other answers."""

    def __post_init__(self) -> None:
        if bool(self.kind) != bool(self.kinds):
            raise ValueError(
                "`kind` says where the kind stands and `kinds` what each means: both or neither"
            )
        try:
            re.compile(self.order_no_in)
        except re.error as error:
            raise ValueError(f"order_no_in: {error}") from None


class Wallet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The wallet of each customer, as he is shown it and may use it."""

    read: Steps
    """Its last step takes `balance` and `lines`: all lines of a run, whatever the page of a browser shows."""
    lines: WalletLines
    channel: str = ""
    """What `{{channel}}` says of an order that is to be paid from the balance; empty where none can be."""
    pay: Steps | None = None
    """Pays an order from the balance; left out where placing such an order does."""
    topup: Steps | None = None
    """Places a top-up; left out where it is placed as all goods are. `topup_status` likewise."""
    topup_status: Steps | None = None
    credit: str = "0"
    """In yuan: how far below zero the balance may fall (信用额度)."""

    @property
    def credit_fen(self) -> int:
        """How far below zero the balance may fall, in fen."""
        return fen_from_yuan(self.credit)

    def __post_init__(self) -> None:
        if self.credit_fen < 0:
            raise ValueError("a credit of at least 0")
        if self.pay is not None and not self.channel:
            raise ValueError("`pay` needs `channel`: what an order says that is to be paid so")


def texts(said: WalletLines, found: Any, fen: Callable[[Any], int]) -> list[str]:
    """Return the lines of a wallet as journals have them: "amount_fen kind order_no".

    Raises:
        ValueError: a line is not as the target file says.
        TypeError: these are no lines.
    """
    return [_text(said, row, fen) for row in rows_of(found)]


def line_of(text: str) -> tuple[int, str, str]:
    """Return what a line says, as journals have it: fen, kind, order number."""
    amount, kind, order_no = text.split(" ", 2)
    return int(amount), kind, order_no


def _text(said: WalletLines, row: Any, fen: Callable[[Any], int]) -> str:
    amount_fen = fen(field_of(row, said.amount))
    if not said.kind:
        return f"{amount_fen} any {_number(said, row)}"
    kind = said.kinds.get(str(field_of(row, said.kind)).strip())
    if kind is None:
        return f"{amount_fen} other "
    signed_fen = -abs(amount_fen) if kind == "paid" else abs(amount_fen)
    return f"{signed_fen} {kind} {_number(said, row)}"


def _number(said: WalletLines, row: Any) -> str:
    """Return the order that a line names, empty where it names none."""
    found = field_of(row, said.order_no)
    text = "" if found is None else str(found).strip()
    if not said.order_no_in:
        return text
    match = re.search(said.order_no_in, text)
    return match[match.lastindex or 0].strip() if match else ""


def steps_by_place(wallet: Wallet | None) -> Iterator[tuple[tuple[str | int, ...], Steps | None]]:
    """Yield each request of a wallet with its place in the target file."""
    for key in CALLS.values():
        yield (WALLET, key), getattr(wallet, key) if wallet is not None else None


def check_wallet(doc: Document, target: "Target") -> None:
    """Refuse a wallet that shows no balance, and goods or channels that could not be told from others.

    Raises:
        UsageError: with file, line and column.
    """
    wallet = target.wallet
    sold = [at for at, one in enumerate(target.goods) if one.kind == TOPUP]
    if wallet is None:
        if sold:
            raise doc.wrong(("goods", sold[0]), "a top-up needs a `wallet` that it comes into")
        return
    taken = steps_of(wallet.read)[-1].take
    if not target.adapter and not {"balance", "lines"} <= set(taken):
        raise doc.wrong((WALLET, "read"), "the last step of it takes `balance` and `lines`")
    if WALLET in target.gateways:
        raise doc.wrong(("gateways", WALLET), "this is what paying from the balance is called")
    for at in sold:
        if target.goods[at].operators:
            raise doc.wrong(
                ("goods", at), "no operator delivers a top-up: it comes into the wallet"
            )
    for key in ("topup", "topup_status"):
        if getattr(wallet, key) is not None and not sold:
            raise doc.wrong((WALLET, key), f"no goods of kind {TOPUP} that are bought so")


def is_topup(kinds: Mapping[str, str], scope: Mapping[str, Any]) -> bool:
    """Say whether a call is about a top-up; `kinds` are those of goods by their id."""
    goods = scope.get("goods") or {}
    return kinds.get(str(goods.get("id", ""))) == TOPUP
