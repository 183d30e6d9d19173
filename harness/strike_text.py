"""A strike in the words of a scenario, and what stands in it without meaning anything."""

from typing import TYPE_CHECKING, Literal

import msgspec

from harness import faults
from harness.core.document import Document
from harness.core.units import share_of_one, window_ms
from harness.faults import Fault
from harness.faults._host import HostFault, Phase, any_host_fault
from harness.faults._link import LinkFault, any_link_fault

if TYPE_CHECKING:
    AnyFault = Fault
else:
    AnyFault = faults.any_fault() | any_link_fault() | any_host_fault()

Where = tuple[str | int, ...]

_BY_PHASE = (
    "an order's phase is when a process is struck (at: target.process); here a window says when"
)
_BY_COUNT = "orders goes with a phase, on a process; here a window says when"
_MEANINGLESS = {
    "wire": {"phase": _BY_PHASE, "orders": _BY_COUNT},
    "link": {
        "of": "a link carries connections, and knows no operations",
        "attempts": "a link carries connections, and knows no attempts; share says how many of them are struck",
        "phase": _BY_PHASE,
        "orders": _BY_COUNT,
    },
    "process": {
        "of": "a process is struck as a whole, whatever it does",
        "attempts": "a process is struck once, when its window or phase says",
        "share": "a process is struck as a whole; no chance is drawn",
        "optional": "a process is there, or the target has no control of it",
    },
}
"""Keys that a strike must not have, by what it meets, and why."""


class StrikeText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One strike as a scenario says it: `at` is upstream.leg, `of` the operations."""

    id: str
    at: str
    fault: AnyFault
    of: str | list[str] = []
    share: str = "100%"
    attempts: int | Literal["all"] = 1
    window: str = ""
    phase: Phase | None = None
    """On a process: strike as soon as `orders` orders have come so far."""
    orders: int = 1
    optional: bool = False
    """It stands on what a platform need not do, such as a refund: where nothing passes, the run proves no less."""

    def __post_init__(self) -> None:
        share_of_one(self.share)
        if self.window:
            window_ms(self.window)
        if self.attempts != "all" and self.attempts < 1:
            raise ValueError("attempts is 1 or more, or all")


def refuse_meaningless(doc: Document, at: int, text: StrikeText) -> None:
    """Refuse keys that would be read and have no effect.

    Raises:
        UsageError: strike number `at` has one; the message says why it means nothing there.
    """
    written = doc.data["strikes"][at]
    for key, why in _MEANINGLESS[meets(text.fault)].items():
        if key in written:
            raise doc.wrong(("strikes", at, key), f"{key} means nothing here: {why}")
    if "orders" in written and text.phase is None:
        raise doc.wrong(("strikes", at, "orders"), "orders means nothing without a phase")


def meets(fault: object) -> Literal["wire", "link", "process"]:
    """Return what a fault meets."""
    if isinstance(fault, LinkFault):
        return "link"
    return "process" if isinstance(fault, HostFault) else "wire"
