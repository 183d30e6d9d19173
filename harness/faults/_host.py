"""What can happen to a process or a container: one file a kind in `hosts/`.

A host fault is data: the act of a handle that is done when its strike begins; each act has one that takes it back when
the strike ends. The nemesis does both, and undoes whatever is left when a run ends, however it ends.
"""

import functools
import operator
from pathlib import Path
from typing import Any, ClassVar, Literal

import msgspec

from harness.core import folder
from harness.handles import Act

Phase = Literal["paid", "acked", "submitted", "delivered"]
"""How far an order has come, as the upstreams' ledgers see it."""


class HostFault(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """One way in which a process goes wrong. Subclasses say what is done."""

    does: ClassVar[Act]
    """An act of a handle; harness.handles.UNDOES has what takes it back."""
    each: ClassVar[bool] = False
    """Every instance is struck, one after another, and healthy again before the next."""
    spans: ClassVar[bool] = True
    """Without a span of its own it needs a window."""

    def whose(self) -> str:
        """Return whose handle does it."""
        return "target"

    def lasts_ms(self) -> float:
        """Return how long (real time) until it is undone, or 0 where the strike's window says it."""
        return 0.0


class HostStrike(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One strike on a process in machine form; real ms since the first arrival, or an order's phase."""

    id: str
    fault: dict[str, object]
    who: str = "target"
    """Whose process it is, or `action.NAME`."""
    instance: int = 0
    """Which of several, from 0."""
    at_ms: float = 0.0
    until_ms: float | None = None
    phase: Phase | None = None
    orders: int = 1
    """With a phase: it strikes as soon as so many orders have come that far."""


@functools.cache
def kinds() -> dict[str, type[HostFault]]:
    """Return every host fault by its YAML name, found by listing its folder."""
    from harness.faults import hosts  # noqa: PLC0415 - the folder's members import this module

    return folder.members(hosts, HostFault)


@functools.cache
def any_host_fault() -> Any:
    """Return the union type of all host faults, for msgspec to decode by `kind`."""
    return functools.reduce(operator.or_, kinds().values())


def names() -> list[str]:
    """Return the kinds' names without importing them."""
    return folder.names(Path(__file__).parent / "hosts")
