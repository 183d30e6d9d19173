"""Operators (上游货源): one file a dialect, all answering in the words of this file.

No method raises for what an upstream does. An answer is REFUSED only if the operator says, in words that are known to
mean it, that it did nothing and never will; whatever is not understood is UNKNOWN, and the desk asks.
"""

from enum import Enum
from typing import ClassVar

import msgspec

from harness.targets.reference.config import Source
from harness.targets.reference.gateways import Incoming, Reply

__all__ = [
    "Answer",
    "BadCallbackError",
    "Card",
    "Incoming",
    "Operator",
    "Recharge",
    "Reply",
    "Said",
]


class Said(Enum):
    """What an operator says about one order."""

    OPEN = "open"
    """Accepted, not yet final."""
    DONE = "done"
    PART = "part"
    """So much of it was delivered (`Answer.charged_fen`, or so many cards), and the rest never will be."""
    FAILED = "failed"
    """Accepted once, not delivered, never will be."""
    REFUSED = "refused"
    """Not accepted, and never will be."""
    MISSING = "missing"
    """No such order."""
    UNKNOWN = "unknown"


class Card(msgspec.Struct, frozen=True):
    """One card as the customer gets it."""

    code: str
    password: str = ""


class Answer(msgspec.Struct, frozen=True):
    """An operator's answer, with its cards if there are any."""

    said: Said
    reason: str = ""
    cards: tuple[Card, ...] = ()
    charged_fen: int = 0
    """The face value that reached the account, where only a part of it did."""


class Recharge(msgspec.Struct, frozen=True):
    """What is submitted: our number, whose account, which goods, and how many."""

    supply_no: str
    account: str
    source: Source
    cards: bool
    """Card goods have no account; it is a contact then, and goes into the remark."""
    quantity: int = 1


class BadCallbackError(Exception):
    """A callback that is not signed by the operator, or says nothing."""


class Operator:
    """One account at one operator."""

    name: ClassVar[str]
    accepted: ClassVar[Reply]
    refused: ClassVar[Reply] = Reply(400, b"fail")

    async def submit(self, recharge: Recharge) -> Answer:
        """Order the goods: OPEN, REFUSED or UNKNOWN."""
        raise NotImplementedError

    async def ask(self, supply_no: str) -> Answer:
        """Ask what became of an order: anything but REFUSED."""
        raise NotImplementedError

    def read_callback(self, incoming: Incoming) -> str:
        """Check a callback's signature and return the number that it is about.

        Raises:
            BadCallbackError: it is not signed by this operator.
        """
        raise NotImplementedError
