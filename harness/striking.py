"""Strikes as a scenario says them, resolved for the upstreams of one run: names, legs, operations and codes checked."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from harness.core.delivery import Leg
from harness.core.document import Document
from harness.core.errors import did_you_mean
from harness.core.plan import StrikeNote
from harness.core.units import share_of_one, window_ms
from harness.faults import Fault
from harness.faults._host import HostFault, HostStrike
from harness.faults._link import LinkFault, LinkStrike
from harness.faults._strike import ALL_ATTEMPTS, Strike
from harness.strike_text import StrikeText, Where, refuse_meaningless
from harness.striking_places import (
    FIRSTS,
    ROLES,
    Cast,
    Used,
    check_parts,
    host_strikes,
    is_role,
    link_strike,
    upstreams_called,
)
from mock_upstreams.catalogue import Entry

MAIN_OPS = {
    ("gateway", Leg.REQUEST): ("create",),
    ("gateway", Leg.EFFECT): ("pay",),
    ("gateway", Leg.REPLY): ("create",),
    ("gateway", Leg.NOTIFY): ("pay",),
    ("operator", Leg.REQUEST): ("submit",),
    ("operator", Leg.EFFECT): ("submit",),
    ("operator", Leg.REPLY): ("submit",),
    ("operator", Leg.NOTIFY): ("submit",),
    ("message", Leg.REQUEST): ("send",),
    ("message", Leg.EFFECT): ("send",),
    ("message", Leg.REPLY): ("send",),
}
"""The operation that a strike means where it names none."""

EFFECT_OPS = {
    "gateway": ("create", "pay", "refund", "close"),
    "operator": ("submit",),
    "message": ("send",),
}


def resolved(doc: Document, at: int, text: StrikeText, cast: Cast) -> Strike | str:
    """Return strike number `at` of a scenario in machine form, or what nobody in its role here has.

    Raises:
        UsageError: it names what this run does not have, or puts a fault where it makes no sense.
    """
    where, used = ("strikes", at), cast.used
    upstreams, leg = _place(doc, (*where, "at"), text.at, used)
    by_role = is_role(text.at.partition(".")[0])
    fault: Fault = text.fault
    kind = str(doc.data["strikes"][at]["fault"]["kind"])
    if leg not in fault.legs:
        legs = ", ".join(sorted(fault.legs))
        raise doc.wrong(
            (*where, "fault", "kind"), f"{kind} makes no sense on {leg}; it does on: {legs}"
        )
    if fault.by_clock and not text.window:
        raise doc.wrong((*where, "fault"), f"{kind} needs the strike's window, such as 5s..9s")
    if kind == "rotate":
        upstreams = _able(doc, (*where, "at"), upstreams, leg, cast, _KEYS, by_role=by_role)
        if not upstreams:
            return f"{text.at} with {_KEYS.what}"
    raw = doc.data["strikes"][at]["fault"]
    mine = {name: used[name] for name in upstreams}
    _check_code(doc, (*where, "fault", "code"), raw, mine)
    entries = list(mine.values())
    sides = {entry.side for entry in entries}
    alike = [one for one in cast.spoken.values() if one.side in sides] if by_role else entries
    possible = _known(entries, leg, fault)
    named = _ops(
        doc, (*where, "of"), text.of, leg, entries, fault=fault, known=_known(alike, leg, fault)
    )
    ops = tuple(op for op in named if op in possible)
    if not ops:
        return f"{text.at} of {', '.join(named)}"
    if kind in {"forge", "probe"}:
        upstreams = _able(doc, (*where, "at"), upstreams, leg, cast, _SIGNATURE, by_role=by_role)
        if not upstreams:
            return f"{text.at} with {_SIGNATURE.what}"
    return Strike(
        id=text.id,
        upstreams=tuple(upstreams),
        leg=leg,
        ops=ops,
        fault=raw,
        share=share_of_one(text.share),
        attempts=ALL_ATTEMPTS if text.attempts == "all" or fault.by_clock else text.attempts,
        window_ms=window_ms(text.window) if text.window else None,
        by="clock" if fault.by_clock else "arrival",
    )


def _place(doc: Document, path: Where, at: str, used: Used) -> tuple[list[str], Leg]:
    who, dot, leg = at.partition(".")
    if not dot:
        raise doc.wrong(path, f"upstream.leg, such as gateways.notify, not {at!r}")
    if leg not in list(Leg):
        raise doc.wrong(path, f"{leg!r} is no leg{did_you_mean(leg, list(Leg))}")
    names = upstreams_called(who, used)
    if names and leg == Leg.NOTIFY and all(used[name].side == "message" for name in names):
        raise doc.wrong(path, "a message channel tells customers, and the platform nothing")
    if names:
        return names, Leg(leg)
    known = [*ROLES, *FIRSTS, *used]
    raise doc.wrong(path, f"no upstream {who!r} in this run{did_you_mean(who, known)}")


class _Need(NamedTuple):
    """What an upstream must do on a leg for a fault to be felt there."""

    what: str
    nobody: str
    legs: Callable[[Entry], frozenset[Leg]]


_SIGNATURE = _Need("a signature", "nothing is signed", lambda entry: entry.signs)
_KEYS = _Need("a key that changes", "no key changes", lambda entry: entry.rotates)


def _able(  # noqa: PLR0917 - what a place is looked up with
    doc: Document,
    path: Where,
    names: list[str],
    leg: Leg,
    cast: Cast,
    needs: _Need,
    *,
    by_role: bool,
) -> list[str]:
    """Return those of an `at` by whom a fault is felt there; none, where others of their role could feel it."""
    used = cast.used
    able = [name for name in names if leg in needs.legs(used[name])]
    sides = {used[name].side for name in names}
    others = any(leg in needs.legs(one) for one in cast.spoken.values() if one.side in sides)
    if not able and not (by_role and others):
        legs = {name: ", ".join(sorted(needs.legs(used[name]))) or "nowhere" for name in names}
        known = "; ".join(f"{name}: {where}" for name, where in legs.items())
        verb = "does" if needs is _KEYS else "is"
        raise doc.wrong(path, f"{needs.nobody} on {leg} here; it {verb} on {known}")
    return able


def _ops(
    doc: Document,
    path: Where,
    said: str | list[str],
    leg: Leg,
    entries: list[Entry],
    *,
    fault: Fault,
    known: set[str],
) -> tuple[str, ...]:
    """Return the operations that a strike names or means; raises UsageError unless each is `known` there."""
    if fault.by_clock and not said:
        return tuple(sorted(known))
    ops = [said] if isinstance(said, str) and said else said or _usual(entries, leg, fault)
    for op in ops:
        if op not in known:
            raise doc.wrong(path, f"{op!r} has no {leg} here{did_you_mean(op, known)}")
        if fault.ops is not None and op not in fault.ops:
            sensible = ", ".join(sorted(known & fault.ops)) or "nothing here"
            raise doc.wrong(path, f"this fault makes no sense on {op}; it does on: {sensible}")
    return tuple(ops)


def _known(entries: list[Entry], leg: Leg, fault: Fault) -> set[str]:
    """Return the operations that have this leg with any of them, those aside that a fault between firms spares."""
    possible = {op for entry in entries for op in _possible(entry, leg)}
    spared = {"pay"} if fault.spares_payer and leg is not Leg.NOTIFY else set()
    return possible - spared


def _usual(entries: list[Entry], leg: Leg, fault: Fault) -> list[str]:
    """Return the operations that are meant where none is named: the main ones, or those that the fault is for."""
    main = {op for entry in entries for op in MAIN_OPS[entry.side, leg]}
    if fault.ops is None or main & fault.ops:
        return sorted(main if fault.ops is None else main & fault.ops)
    possible = {op for entry in entries for op in _possible(entry, leg)}
    return sorted(possible & fault.ops) or sorted(main)


def _possible(entry: Entry, leg: Leg) -> tuple[str, ...]:
    if leg is Leg.NOTIFY:
        return (*entry.notifies, *entry.forged)
    if leg is Leg.EFFECT:
        return EFFECT_OPS[entry.side]
    return (*entry.ops, "pay") if entry.side == "gateway" else tuple(entry.ops)


def _check_code(doc: Document, path: Where, raw: Mapping[str, Any], used: Used) -> None:
    code = raw.get("code")
    for name, entry in used.items():
        if code is not None and code not in entry.codes:
            near = did_you_mean(str(code), entry.codes)
            raise doc.wrong(path, f"{name} has no error code {code!r}{near}")


def refuse_repeated_ids(doc: Document, strikes: list[StrikeText]) -> None:
    """Raise UsageError where two strikes have one id."""
    seen: set[str] = set()
    for at, strike in enumerate(strikes):
        if strike.id in seen:
            raise doc.wrong(("strikes", at, "id"), f"the id {strike.id!r} stands twice")
        seen.add(strike.id)


class Resolved(msgspec.Struct):
    """All strikes of a scenario in machine form, by what they meet: exchanges, links, processes."""

    wire: list[Strike] = []
    links: list[LinkStrike] = []
    hosts: list[HostStrike] = []
    notes: list[StrikeNote] = []
    """What the plan keeps of each, in the scenario's order."""


def all_resolved(doc: Document, texts: list[StrikeText], cast: Cast) -> Resolved:
    """Return the strikes of a scenario, each where it belongs.

    A strike on a role that the target has nobody in, or nobody who has such calls, on a dialect that it does not use,
    or that it has no control for, is a note alone.

    Raises:
        UsageError: one of them names what this run does not have, stands where it makes no sense, or twice.
    """
    found = Resolved()
    refuse_repeated_ids(doc, texts)
    for at, text in enumerate(texts):
        refuse_meaningless(doc, at, text)
        found.notes.append(_resolve(doc, at, text, cast, found))
    check_parts(doc, texts, cast.target)
    return found


def _resolve(doc: Document, at: int, text: StrikeText, cast: Cast, into: Resolved) -> StrikeNote:
    """Put one strike where it belongs; return what the plan keeps of it."""
    if isinstance(text.fault, LinkFault):
        link = link_strike(doc, at, text, cast)
        if isinstance(link, str):
            return _note(doc, at, text, lacks=link)
        into.links.append(link)
    elif isinstance(text.fault, HostFault):
        hosts = host_strikes(doc, at, text, cast)
        if isinstance(hosts, str):
            return _note(doc, at, text, lacks=hosts)
        into.hosts += hosts
    else:
        who = text.at.partition(".")[0]
        if cast.lacks(who):
            return _note(doc, at, text, lacks=who)
        strike = resolved(doc, at, text, cast)
        if isinstance(strike, str):
            return _note(doc, at, text, lacks=strike)
        into.wire.append(strike)
    return _note(doc, at, text)


def _note(doc: Document, at: int, text: StrikeText, lacks: str = "") -> StrikeNote:
    return StrikeNote(
        id=text.id,
        at=text.at,
        kind=str(doc.data["strikes"][at]["fault"]["kind"]),
        share=share_of_one(text.share),
        window_ms=window_ms(text.window) if text.window else None,
        lacks=lacks,
        optional=text.optional,
    )
