"""What can happen to a TCP connection between two parties: one file a kind in `links/`.

    customer ──▶ [proxy: customers.link] ──▶ target ──▶ [proxy: epay.link] ──▶ upstream
                                             target ──▶ [proxy: database.link] ──▶ database

A link fault is a pure function from how a connection behaves to how it behaves under the fault. All spans are real
time: a network does not know the run's scale.
"""

import functools
import operator
from pathlib import Path
from typing import Any, Literal

import msgspec

from harness.core import folder

Direction = Literal["both", "up", "down"]
"""Up is towards the server of a link."""


class Toxic(msgspec.Struct, frozen=True, kw_only=True):
    """The same fault as a Toxiproxy says it: one toxic, whose attributes are whole numbers.

    Source: https://github.com/Shopify/toxiproxy#toxics
    """

    type: str
    attributes: dict[str, int]


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How one direction of a connection behaves; the default is a good network."""

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    """Each chunk is late by `delay_ms` and a keyed, uniform part of `jitter_ms`; order is kept."""
    bytes_per_s: float | None = None
    chunk_bytes: int | None = None
    gap_ms: float = 0.0
    """Bytes pass in pieces of at most `chunk_bytes`, `gap_ms` apart."""
    limit_bytes: int | None = None
    """After so many bytes the connection is closed."""
    reset_after_ms: float | None = None
    """So long after the fault met it, the connection is reset (TCP RST)."""
    swallowed: bool = False
    """Bytes vanish, and nobody is told."""
    half_open: bool = False
    """That one end has gone is kept from the other."""

    @property
    def good(self) -> bool:
        """Nothing is wrong with it, so that bytes can pass as they come."""
        return self == GOOD


GOOD = Manner()


class LinkFault(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """One way in which a connection goes wrong. Subclasses write `bend`."""

    direction: Direction = "both"

    def bend(self, manner: Manner) -> Manner:
        """Return how a connection behaves that behaved like `manner` before."""
        raise NotImplementedError

    def toxic(self) -> Toxic | None:
        """Return what a Toxiproxy does likewise in each direction that is met; None if it cannot do exactly this."""
        return None

    def meets(self, direction: Literal["up", "down"]) -> bool:
        """Say whether it acts on this direction."""
        return self.direction in {"both", direction}


class LinkStrike(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One strike on links in machine form: names resolved, its window in real ms since the first arrival."""

    id: str
    links: tuple[str, ...]
    fault: dict[str, object]
    share: float = 1.0
    """Of connections, by keyed chance of their number on the link."""
    window_ms: tuple[float, float] | None = None


@functools.cache
def kinds() -> dict[str, type[LinkFault]]:
    """Return every link fault by its YAML name, found by listing its folder."""
    from harness.faults import links  # noqa: PLC0415 - the folder's members import this module

    return folder.members(links, LinkFault)


@functools.cache
def any_link_fault() -> Any:
    """Return the union type of all link faults, for msgspec to decode by `kind`."""
    return functools.reduce(operator.or_, kinds().values())


def names() -> list[str]:
    """Return the kinds' names without importing them."""
    return folder.names(Path(__file__).parent / "links")
