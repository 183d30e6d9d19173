"""A notification on its ladder, one attempt of it, and what a row must tell of a delivery beside the usual."""

import msgspec

from harness.core.delivery import Delivery, Signature
from harness.faults._strike import Outcome
from mock_upstreams.dialect import Dialect, Notice, Outgoing
from mock_upstreams.records import SupplierOrder, Trade


class Who(msgspec.Struct, frozen=True, gc=False):
    """Whom an exchange or a notification is for: the intent if known, and the key of its chance."""

    intent: int | None
    key: str


class Letter(msgspec.Struct, frozen=True, gc=False):
    """A notification on its ladder; a million may wait, so it keeps nothing that can be made again."""

    upstream: str
    dialect: Dialect
    notice: Notice
    url: str
    who: Who


class Attempt(msgspec.Struct, gc=False):
    """One attempt of a letter: what the strikes made of it, and what came of that so far."""

    number: int
    met: Outcome
    left: int = 0
    """Deliveries at instants of their own that are still to come."""
    heard: bool = False
    due_s: float = 0.0
    """When its first delivery was to be sent, by the clock that never goes back."""
    first: Outgoing | None = None
    """What was sent first, for echoes of it."""
    settled: bool = False
    """It was acknowledged that an order is under way, which this upstream takes for the last word's acknowledgement."""
    stolen: bool = False
    """A notification that was acknowledged took the place of those that were to follow."""


def record_of(letter: Letter) -> SupplierOrder | Trade:
    """Return the order or trade that a letter is about."""
    record = letter.notice.order or letter.notice.trade
    assert record is not None
    return record


def peculiar(letter: Letter, delivery: Delivery) -> dict[str, int]:
    """Return what a row must tell of a notification that is not simply the upstream's own word."""
    said = delivery.signature
    other_order = delivery.fields.get("order_no") != record_of(letter).order_no
    marks = {
        "probe": said is Signature.PROBE,
        "foreign": said is Signature.FOREIGN or other_order,
        "contrary": delivery.contrary,
        "echo": delivery.echo,
        "rotated": said is Signature.ROTATED,
    }
    forged = int(said not in {Signature.VALID, Signature.FOREIGN, Signature.ROTATED})
    return {"forged": forged} | {name: 1 for name, is_so in marks.items() if is_so}


def lie(delivery: Delivery, met: Outcome) -> dict[str, int]:
    """Mark a contrary that comes before the truth: no platform can see through it by what it knows."""
    truth = (d.after_ms for d in met.deliveries if not d.contrary)
    lies = delivery.contrary and delivery.after_ms <= min(truth, default=delivery.after_ms)
    return {"lie": 1} if lies else {}
