"""Payment gateways: one file a dialect, all answering in the words of this file.

No method raises for what an upstream does: whatever is not understood is UNKNOWN, and the desk asks again.
"""

from enum import Enum
from typing import ClassVar

import msgspec

from harness.targets.reference.tables import Pay, Refund


class Trade(Enum):
    """What a gateway says about one trade."""

    PAID = "paid"
    UNPAID = "unpaid"
    CLOSED = "closed"
    """Surely unpaid, and can never be paid."""
    MISSING = "missing"
    UNKNOWN = "unknown"


class Truth(msgspec.Struct, frozen=True):
    """A gateway's answer about a trade; number and amount only if paid."""

    trade: Trade
    trade_no: str = ""
    amount_fen: int = 0


class Opened(msgspec.Struct, frozen=True):
    """A gateway's answer to a create: where to pay, or nothing, for the reason that is said."""

    pay_url: str = ""
    reason: str = ""


class MoneyBack(Enum):
    """What a gateway says about one refund."""

    DONE = "done"
    WORKING = "working"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Notice(msgspec.Struct, frozen=True):
    """A notification, read but not yet believed; `refund_no` is set if it is about a refund."""

    pay_no: str
    trade_no: str
    amount_fen: int
    refund_no: str = ""


class BadNoticeError(Exception):
    """A notification that is not for us, not signed, or not about money that came."""


class Incoming(msgspec.Struct, frozen=True):
    """A notification as it came in."""

    method: str
    query: str
    headers: dict[str, str]
    body: bytes


class Reply(msgspec.Struct, frozen=True):
    """What a notification is answered with."""

    status: int
    body: bytes
    content_type: str = "text/plain"


class Complaint(msgspec.Struct, frozen=True):
    """A customer's complaint at the gateway about one of our trades."""

    complaint_id: str
    pay_no: str
    waits: bool
    """The customer waits for a word of ours."""
    ended: bool = False


class Gateway:
    """One account at one gateway."""

    channel: str
    hears_complaints: ClassVar[bool] = False
    """It takes complaints, and can be asked for them."""
    accepted: ClassVar[Reply]
    """The acknowledgement that stops the ladder."""
    refused: ClassVar[Reply]
    """The answer to a notification that is not believed."""
    failed: ClassVar[Reply]
    """The answer if we could not do our work: come again."""

    async def open(self, pay: Pay, title: str, account: str) -> Opened:
        """Create the trade; the same number again is the same trade."""
        raise NotImplementedError

    async def ask(self, pay_no: str) -> Truth:
        """Ask what became of a trade."""
        raise NotImplementedError

    async def close(self, pay_no: str) -> Truth:
        """Close an unpaid trade, as far as the gateway can; says what it is then."""
        raise NotImplementedError

    async def refund(self, refund: Refund) -> MoneyBack:
        """Ask for money to go back; the same number again is the same refund."""
        raise NotImplementedError

    async def ask_refund(self, refund: Refund) -> MoneyBack:
        """Ask what became of a refund."""
        raise NotImplementedError

    async def complaints(self) -> list[Complaint]:
        """Return the latest complaints; none if they cannot be had now."""
        return []

    async def answer_complaint(self, complaint_id: str, text: str) -> bool:  # noqa: ARG002
        """Say something to whoever complained; False if it may not have arrived."""
        return False

    async def end_complaint(self, complaint_id: str) -> bool:  # noqa: ARG002
        """Say that the matter is settled; False if it may not have arrived."""
        return False

    def signature_ok(self, incoming: Incoming) -> bool:
        """Say whether a notification was signed by this gateway."""
        raise NotImplementedError

    def read(self, incoming: Incoming) -> Notice:
        """Read a notification whose signature has been judged.

        Raises:
            BadNoticeError: it is malformed, for another merchant, or about a trade that is not paid.
        """
        raise NotImplementedError
