"""What can happen to a process: one file a kind in `hosts/`.

A host fault is data: what is done when its strike begins, and how it is undone when the strike ends. The nemesis does
both, and undoes whatever is left when a run ends, however it ends.
"""

import functools
import operator
from pathlib import Path
from typing import Any, ClassVar, Literal

import msgspec

from harness.core import folder

Phase = Literal["paid", "acked", "submitted", "delivered"]
"""How far an order has come, as the upstreams' ledgers see it."""


class HostFault(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """One way in which a process goes wrong. Subclasses say what is done, and what undoes it."""

    does: ClassVar[Literal["kill", "stop", "freeze"]]
    """kill: SIGKILL; stop: SIGTERM, SIGKILL if that is not enough; freeze: SIGSTOP."""
    undoes: ClassVar[Literal["start", "thaw"]]
    """start: the same command and environment again, until it is healthy; thaw: SIGCONT."""

    def lasts_ms(self) -> float:
        """Return how long (real time) until it is undone, or 0 where the strike's window says it."""
        return 0.0


class HostStrike(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One strike on a process in machine form; real ms since the first arrival, or an order's phase."""

    id: str
    fault: dict[str, object]
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
