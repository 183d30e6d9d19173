"""The operator refuses an order in its answer, and delivers all the same."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.faults import REPLY, Fault
from harness.faults.status import Condition


class RejectThenSucceed(Fault, frozen=True, kw_only=True, tag="reject_then_succeed"):
    """The answer is a definite refusal, `code` (a condition or a raw code); the goods and their notification follow."""

    legs: ClassVar[frozenset[Leg]] = REPLY
    ops: ClassVar[frozenset[str] | None] = frozenset({"submit"})

    code: str = Condition.REFUSED.value

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Refuse what is being done."""
        return (replace(planned, code=self.code),)
