"""The four legs of an exchange, and one planned delivery on one of them.

    platform --request--> upstream        the upstream hears of it
                          upstream: effect   it does it (money taken, goods handed out)
    platform <--reply---- upstream        it says so
    platform <--notify--- upstream        it says so again later, until acknowledged

A wire fault strikes one leg: it turns one planned delivery into those that really happen.
"""

from collections.abc import Callable
from enum import StrEnum

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


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
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
