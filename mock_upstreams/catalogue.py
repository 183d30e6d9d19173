"""What upstreams there are, known without starting any: for scenarios to be checked against, and for lists."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from harness.core import folder
from harness.core.delivery import Leg
from harness.faults.status import Condition
from mock_upstreams import gateways, messages, operators, rotation
from mock_upstreams.dialect import Dialect
from mock_upstreams.records import Reason


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One upstream, as a scenario may speak of it."""

    side: Literal["gateway", "operator", "message"]
    summary: str
    codes: tuple[str, ...]
    """What a `status` fault may answer: conditions, and the dialect's raw error codes."""
    ops: tuple[str, ...]
    notifies: tuple[str, ...]
    forged: tuple[str, ...]
    """What it never tells of itself, and a forger does: that an order is there, before it is paid or served."""
    rotates: frozenset[Leg]
    """The legs on which a `rotate` fault is felt."""
    signs: frozenset[Leg]
    """The legs on which it signs what it says, so that a wrong signature can be seen."""
    smallest_gap_ms: float | None
    """The ladder's smallest gap in upstream time, None without a ladder."""
    numbered: bool
    """Callers have an order number of their own to ask by."""


@functools.cache
def dialects() -> Mapping[str, type[Dialect]]:
    """Return every dialect by name, found by listing the two folders."""
    return {**folder.members(gateways, Dialect), **folder.members(operators, Dialect)}


@functools.cache
def message_channels() -> Mapping[str, type[Dialect]]:
    """Return every message channel by name: upstreams without notifications, which no order needs."""
    return folder.members(messages, Dialect)


@functools.cache
def catalogue() -> Mapping[str, Entry]:
    """Return every upstream by name."""
    everyone = {**dialects(), **message_channels()}
    return {name: _entry(name, dialect) for name, dialect in everyone.items()}


_FORGED = {"gateway": ("create",), "operator": ("accept",), "message": ()}


def _entry(name: str, dialect: type[Dialect]) -> Entry:
    package = {"gateway": gateways, "operator": operators, "message": messages}[dialect.side]
    home = Path(str(package.__file__)).parent
    return Entry(
        side=dialect.side,
        summary=folder.summary(home / f"{name}.py"),
        codes=status_codes(dialect),
        ops=dialect.ops,
        notifies=tuple(sorted(dialect.notifies)),
        forged=_FORGED[dialect.side] if dialect.notifies and dialect.signs_notices else (),
        rotates=rotation.legs(dialect),
        signs=_signs(dialect),
        numbered=dialect.numbered,
        smallest_gap_ms=min(dialect.ladder_ms, default=None),
    )


def _signs(dialect: type[Dialect]) -> frozenset[Leg]:
    told = dialect.notifies and dialect.signs_notices
    return frozenset([Leg.REPLY] * dialect.seals + [Leg.NOTIFY] * bool(told))


def status_codes(dialect: type[Dialect]) -> tuple[str, ...]:
    """Return the codes that a strike may name: all but the books' own reasons."""
    own = {reason.value for reason in Reason} - {condition.value for condition in Condition}
    return tuple(str(code) for code in dialect.codes if str(code) not in own)
