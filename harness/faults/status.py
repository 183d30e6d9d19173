"""The upstream answers with an error of its own dialect."""

from enum import StrEnum
from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.faults import EXCHANGE, Fault


class Condition(StrEnum):
    """Conditions that every dialect can say in its own words; a dialect's raw error code may be named as well."""

    BUSY = "busy"
    """System error or system busy: the outcome is unknown to the caller."""
    RATE_LIMITED = "rate_limited"
    """Too many requests: not done."""
    MAINTENANCE = "maintenance"
    """Closed for maintenance: not done."""
    REFUSED = "refused"
    """A definite business refusal: not done and never will be."""
    OUT_OF_STOCK = "out_of_stock"
    LOW_BALANCE = "low_balance"
    BAD_SIGNATURE = "bad_signature"


class Status(Fault, frozen=True, kw_only=True, tag="status"):
    """On `request` the answer comes instead of the work; on `reply` the work is done all the same.

    `code` is one of the conditions above, or a raw error code of the dialect.
    """

    legs: ClassVar[frozenset[Leg]] = EXCHANGE

    code: str = Condition.BUSY.value

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Answer with the code."""
        return (replace(planned, code=self.code),)
