"""A dialect's usual create, as data: what a compiled way needs to know of it (fast_lane.py)."""

from collections.abc import Callable, Mapping

import msgspec


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """A create by urlencoded form, signed with MD5 over its sorted `k=v` joined by `&`, a key behind them.

    Whatever form fits this is one of which `Dialect.read` makes the very same Ask. What does not fit is left to the
    dialect, so that not every good form need fit. What is answered depends on nothing but the gateway's own number, is
    not sealed, and the trade may be paid for as long as any other.
    """

    path: str
    own: Mapping[str, str]
    """What must stand in these fields: the merchant's number."""
    needed: tuple[str, ...]
    """Fields that must not be empty, those of `own` and the four that follow aside."""
    order_no: str
    """The field of the platform's number: letters, digits, `-` and `_` are usual, up to `order_no_bytes` of them."""
    order_no_bytes: int
    amount: str
    """The field of the price."""
    fen: Callable[[str], int]
    """What it comes to, 0 for what is no price."""
    sign: str
    """The field of the signature: 32 lower-case hex digits."""
    unsigned: tuple[str, ...]
    """Fields that are not signed, beside empty ones."""
    key: str
    subject: str
    attach: str
    notify_url: str
    serials: int
    """The gateway's own number ends in its serial, modulo this power of ten; it begins alike for a whole second."""
    fingerprint: tuple[str, ...]
    """Of which fields `Ask.fingerprint` is made, in their order; the price is in fen there."""
    extra: tuple[str, ...]
    """Fields kept in `Ask.extra` under their own names, empty if they are missing."""
    marks: dict[str, str]
    """What else stands in `Ask.extra`."""
