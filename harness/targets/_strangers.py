"""Whether a platform can tell a stranger: who asks is a part of the question."""

from typing import TYPE_CHECKING

import msgspec

from harness.targets.template import holes, texts_of

if TYPE_CHECKING:
    from harness.targets.target import Target

_WHERE = frozenset({"customer.address", "customer.device"})
"""From where somebody asks; who asks is all else of a customer."""


def knows_customers(target: "Target", call: str = "status") -> bool:
    """Say whether a call is made in a session, or says whose the order is, if only by the key that signs.

    Where all sign with one key, another customer's request is the owner's own, and must be answered.
    """
    if target.session.login is not None:
        return True
    asked = {
        hole
        for text in texts_of(msgspec.to_builtins(getattr(target, call)))
        for hole in holes(text)
    }
    return any(hole.startswith("customer.") for hole in asked - _WHERE)


def is_signed(target: "Target") -> bool:
    """Say whether nothing but a signature keeps others from reading orders."""
    steps = target.status if isinstance(target.status, list) else [target.status]
    return target.session.login is None and any(step.sign is not None for step in steps)
