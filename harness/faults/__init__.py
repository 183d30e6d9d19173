"""Wire faults, one file each, and the strike that says when, where and how often one happens.

A fault is a pure function from one planned delivery to the deliveries that really happen: none is a drop, two are
duplicates, later is a delay, changed is a rewrite. Its fields are its YAML. Share, window, upstream
and leg belong to the strike around it.
"""

import functools
import operator
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from harness.core import folder
from harness.core.delivery import Delivery, Leg, Roll

NOTIFY = frozenset({Leg.NOTIFY})
REPLY = frozenset({Leg.REPLY})
EXCHANGE = frozenset({Leg.REQUEST, Leg.REPLY})
CALLS = frozenset(
    {"create", "query", "close", "refund", "complaint", "submit", "claim", "balance", "send"}
)
"""The operations that the platform calls; a payment is between the customer and his bank."""


class Fault(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """One way in which a delivery goes wrong. Subclasses set `legs` and write `strike`."""

    legs: ClassVar[frozenset[Leg]]
    """The legs on which it makes sense; a strike elsewhere is refused before anything starts."""
    ops: ClassVar[frozenset[str] | None] = None
    """The operations on which it makes sense, None for all."""
    spares_payer: ClassVar[bool] = False
    """It is between the platform and the upstream: a customer's call to pay does not feel it."""
    by_clock: ClassVar[bool] = False
    """It happens to the upstream and not to an order: in the strike's window, which it needs, and at every attempt."""

    def concerns(self, planned: Delivery) -> bool:  # noqa: ARG002
        """Say whether it could do anything to this delivery at all; what it could not is neither struck nor spared."""
        return True

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:
        """Return the deliveries that really happen; must not look at anything but its arguments."""
        raise NotImplementedError


@functools.cache
def kinds() -> dict[str, type[Fault]]:
    """Return every fault by its YAML name, found by listing this folder."""
    import harness.faults as package  # noqa: PLC0415 - this very package, once it has been imported

    return folder.members(package, Fault)


@functools.cache
def any_fault() -> Any:
    """Return the union type of all faults, for msgspec to decode by `kind`."""
    return functools.reduce(operator.or_, kinds().values())


def names() -> list[str]:
    """Return the kinds' names without importing them."""
    return folder.names(Path(__file__).parent)
