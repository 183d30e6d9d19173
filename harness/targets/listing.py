"""A customer's own list of orders: his orders stand in it once each, and nobody else's do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

import msgspec

from harness.core.clock import now_ns
from harness.core.event import Event
from harness.targets._answer import Answer


class Known(Protocol):
    """One order as a customer knows it."""

    @property
    def intent(self) -> int:
        """The intent's number."""

    @property
    def order_no(self) -> str:
        """The platform's number."""


class Listing(msgspec.Struct, frozen=True):
    """The order numbers of all pages, one after another; `reason` says why they could not be read."""

    asked_ns: int
    order_nos: list[str]
    reason: str = ""


def read(ask: Callable[[], Answer]) -> Listing:
    """Ask for the whole list; blanks in it are no numbers."""
    asked_ns, answer = now_ns(), ask()
    if answer.outcome != "ok":
        return Listing(asked_ns, [], answer.reason or f"HTTP {answer.http_status}")
    return Listing(asked_ns, [no for no in answer.values.get("order_nos", []) if no])


def rows(listing: Listing, own: Iterable[Known], owners: Mapping[str, Known]) -> Iterator[Event]:
    """Yield how often each of the customer's own orders stands in it, and each order of another's that does.

    `owners` are the orders of the run. What is nobody's in it is left out: it may be of an earlier run.
    """
    his = {one.order_no: one for one in own}
    for order_no, known in his.items():
        times = listing.order_nos.count(order_no)
        yield _row(listing, known, "listed", {"times": times, "reason": listing.reason})
    for order_no in sorted((set(listing.order_nos) & owners.keys()) - his.keys()):
        reason = "in another customer's list of orders"
        yield _row(listing, owners[order_no], "trespass", {"reason": reason})


def _row(listing: Listing, known: Known, kind: str, detail: dict[str, int | str]) -> Event:
    return Event(
        vantage="platform",
        kind=kind,
        time_ns=listing.asked_ns,
        intent=known.intent,
        order_no=known.order_no,
        outcome="unknown" if listing.reason else "ok",
        detail={**detail},
    )
