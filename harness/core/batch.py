"""What a platform's word on a batch comes to, line by line."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec


class Account(msgspec.Struct, frozen=True):
    """One reading of a batch: its `state` is done once it accounts for each line that was taken, else open."""

    state: str
    said: dict[str, int]
    """lines that count, delivered and failed as the platform counts, failures listed, of them strange: nobody's."""
    failed: frozenset[str]
    """Order numbers of lines that are listed as failed."""


def account(lines: Sequence[tuple[str, str]], values: Mapping[str, Any]) -> Account:
    """Return what `values` (delivered, failed, failures) say of `lines`: account and order number, empty if refused.

    Lines that were refused at once are no part of a batch, but a platform may list them among those that failed.
    """
    delivered, failed = values.get("delivered", 0), values.get("failed", 0)
    listed = set(values.get("failures", []))
    taken = {order_no: {who, order_no} for who, order_no in lines if order_no}
    refused = {who for who, order_no in lines if not order_no}
    count = len(taken) + len(refused & listed)
    said = {
        "lines": count,
        "delivered": delivered,
        "failed": failed,
        "listed": len(values.get("failures", [])),
        "strange": len(listed.difference(refused, *taken.values())),
    }
    lost = frozenset(no for no, names in taken.items() if not names.isdisjoint(listed))
    return Account("done" if delivered + failed >= count else "open", said, lost)
