"""The answer is right but for its Content-Type."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll, Spoil
from harness.faults import CALLS, REPLY, Fault


class WrongType(Fault, frozen=True, kw_only=True, tag="wrong_type"):
    """The same body under the type `says`: clients that look at it first never read the body."""

    legs: ClassVar[frozenset[Leg]] = REPLY
    ops: ClassVar[frozenset[str] | None] = CALLS

    says: str = "text/html; charset=utf-8"

    def __post_init__(self) -> None:
        if not self.says.isascii() or not self.says.isprintable() or "/" not in self.says:
            raise ValueError(f"a content type such as text/html, not {self.says!r}")

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Name the wrong type."""
        spoil = replace(planned.spoil or Spoil(), content_type=self.says)
        return (replace(planned, spoil=spoil),)
