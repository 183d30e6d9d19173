"""The four legs of an exchange, and one planned delivery on one of them.

    platform --request--> upstream        the upstream hears of it
                          upstream: effect   it does it (money taken, goods handed out)
    platform <--reply---- upstream        it says so
    platform <--notify--- upstream        it says so again later, until acknowledged

A wire fault strikes one leg: it turns one planned delivery into those that really happen.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Literal

import msgspec

Roll = Callable[[str], float]
"""Keyed chance for a fault's own choices: in [0, 1), the same for the same order, leg, attempt and name."""


class Leg(StrEnum):
    """Where on an exchange a strike acts."""

    REQUEST = "request"
    EFFECT = "effect"
    REPLY = "reply"
    NOTIFY = "notify"


class Conduct(StrEnum):
    """How the transport behaves for one delivery."""

    SEND = "send"
    """As it should."""
    HANG = "hang"
    """The connection stays open and nothing comes."""
    RESET = "reset"
    """The connection is reset (TCP RST)."""
    LOSE = "lose"
    """Done, but its answer never arrives: a reply that is cut off, or an acknowledgement that is lost."""
    SILENT = "silent"
    """Nothing is said here unless a fault makes it: the notification that an honest gateway does not send."""


class Signature(StrEnum):
    """Whether what is sent is signed with the right key."""

    VALID = "valid"
    FORGED = "forged"
    """Signed by a stranger."""
    UNSIGNED = "unsigned"
    """By a stranger who leaves the signature and its kind empty."""
    ABSENT = "absent"
    """By a stranger who leaves them out: a platform that asks whether they are there may ask nothing else."""
    PROBE = "probe"
    """Signed wrong by the upstream itself, to see whether the platform looks; a bad signature where none probes."""
    FOREIGN = "foreign"
    """Signed in good order, with the keys of another merchant of the same upstream."""
    ROTATED = "rotated"
    """Signed in good order, with the key that follows the one that the platform was told."""


class Spoil(msgspec.Struct, frozen=True, kw_only=True):
    """How the bytes of an answer are spoiled; what stands at its default is left alone."""

    content_type: str = ""
    body: Literal["", "half", "noise", "empty"] = ""
    """Instead of the right body: its first half, text of another kind, nothing."""
    sealed: bool = True
    """A spoiled body is signed as such; else the signature is the right body's."""
    cut: float | None = None
    """The share of the promised body that is sent before the connection closes."""
    drip_bytes: int = 0
    drip_gap_ms: float = 0.0
    """So many bytes at a time, so far apart (upstream time)."""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What a delivery waits for beyond its delay; strikes being healed always opens it.

    `told`: a reply waits until the notification has been answered. `undone`: a notification waits until the trade was
    closed or refunded. `crowd`: notifications wait until those of `size` different orders are there.
    """

    on: Literal["told", "undone", "crowd"]
    at_most_ms: float
    size: int = 0
    id: str = ""
    """Whose crowd: the strike's."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message, or one effect, that is about to happen.

    `after_ms` is upstream time past the moment it was planned for. `fields` are the facts it carries under our names
    (`amount_fen`, `state`, `account`), which the dialect will render. `code` is a condition of the dialect (see
    faults/status.py) that answers instead of the real result.
    """

    leg: Leg
    op: str
    attempt: int = 1
    copy: int = 0
    after_ms: float = 0.0
    fields: dict[str, str | int] = {}
    code: str = ""
    conduct: Conduct = Conduct.SEND
    signature: Signature = Signature.VALID
    spoil: Spoil | None = None
    gate: Gate | None = None
    shows: Literal["", "stale", "blind", "flip"] = ""
    """What a query's answer shows instead of the record: an older state (blind: also none), or the contrary of a final
    one."""
    shows_ms: float = 0.0
    """How young (upstream time) a change is that a stale answer does not show yet."""
    echo: bool = False
    """The very bytes that were sent before, if there were any."""
    contrary: bool = False
    """It says the contrary of what is true."""
    stops: bool = True
    """Its acknowledgement ends the ladder."""
    lasting: bool = False
    """Whatever signs it is a key that no change of keys replaces."""
    signed: bool = True
    """Whoever gets it can tell it from a forged one."""
    steals: bool = False
    """Once it is acknowledged, what was to follow it is not sent; a silent one somebody else has acknowledged."""
