"""Strikes as a scenario says them, resolved for the upstreams of one run: names, legs, operations and codes checked."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from harness import faults
from harness.core.delivery import Leg
from harness.core.document import Document
from harness.core.errors import did_you_mean
from harness.core.plan import StrikeNote
from harness.core.units import share_of_one, window_ms
from harness.faults import Fault
from harness.faults._host import HostFault, HostStrike, Phase, any_host_fault
from harness.faults._link import LinkFault, LinkStrike, any_link_fault
from harness.faults._strike import ALL_ATTEMPTS, Strike
from harness.targets.target import Control
from mock_upstreams.catalogue import Entry

if TYPE_CHECKING:
    AnyFault = Fault
else:
    AnyFault = faults.any_fault() | any_link_fault() | any_host_fault()

Used = Mapping[str, Entry]
"""The upstreams of a run by name."""

Where = tuple[str | int, ...]

CUSTOMERS = "customers"
ROLES = {"gateways": "gateway", "operators": "operator"}
MAIN_OPS = {
    ("gateway", Leg.REQUEST): ("create",),
    ("gateway", Leg.EFFECT): ("pay",),
    ("gateway", Leg.REPLY): ("create",),
    ("gateway", Leg.NOTIFY): ("pay",),
    ("operator", Leg.REQUEST): ("submit",),
    ("operator", Leg.EFFECT): ("submit",),
    ("operator", Leg.REPLY): ("submit",),
    ("operator", Leg.NOTIFY): ("submit",),
}
"""The operation that a strike means where it names none."""

_TARGET = re.compile(r"target\.process(?:\.([1-9]\d?))?")

EFFECT_OPS = {"gateway": ("create", "pay", "refund", "close"), "operator": ("submit",)}


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

    def __post_init__(self) -> None:
        share_of_one(self.share)
        if self.window:
            window_ms(self.window)
        if self.attempts != "all" and self.attempts < 1:
            raise ValueError("attempts is 1 or more, or all")


def resolved(doc: Document, at: int, text: StrikeText, used: Used) -> Strike:
    """Return strike number `at` of a scenario in machine form.

    Raises:
        UsageError: it names what this run does not have, or puts a fault where it makes no sense.
    """
    where = ("strikes", at)
    upstreams, leg = _place(doc, (*where, "at"), text.at, used)
    fault: Fault = text.fault
    kind = str(doc.data["strikes"][at]["fault"]["kind"])
    if leg not in fault.legs:
        legs = ", ".join(sorted(fault.legs))
        raise doc.wrong(
            (*where, "fault", "kind"), f"{kind} makes no sense on {leg}; it does on: {legs}"
        )
    everything = kind == "outage"
    if everything and not text.window:
        raise doc.wrong((*where, "fault"), "an outage needs the strike's window, such as 5s..9s")
    raw = doc.data["strikes"][at]["fault"]
    mine = {name: used[name] for name in upstreams}
    _check_code(doc, (*where, "fault", "code"), raw, mine)
    ops = _ops(
        doc, (*where, "of"), text.of, leg, list(mine.values()), fault=fault, everything=everything
    )
    return Strike(
        id=text.id,
        upstreams=tuple(upstreams),
        leg=leg,
        ops=ops,
        fault=raw,
        share=share_of_one(text.share),
        attempts=ALL_ATTEMPTS if text.attempts == "all" or everything else text.attempts,
        window_ms=window_ms(text.window) if text.window else None,
        by="clock" if everything else "arrival",
    )


def link_strike(doc: Document, at: int, text: StrikeText, used: Used) -> LinkStrike:
    """Return strike number `at`, whose fault is a link's, in machine form.

    Raises:
        UsageError: it stands on something that is no link of this run.
    """
    path: Where = ("strikes", at, "at")
    who, _, what = text.at.partition(".")
    if what != "link":
        raise doc.wrong(path, f"customers.link, gateways.link or <upstream>.link, not {text.at!r}")
    if who in ROLES:
        links = tuple(name for name, entry in used.items() if entry.side == ROLES[who])
    elif who == CUSTOMERS or who in used:
        links = (who,)
    else:
        near = did_you_mean(who, [CUSTOMERS, *ROLES, *used])
        raise doc.wrong(path, f"no party {who!r} in this run{near}")
    return LinkStrike(
        id=text.id,
        links=links,
        fault=doc.data["strikes"][at]["fault"],
        share=share_of_one(text.share),
        window_ms=window_ms(text.window) if text.window else None,
    )


def host_strike(doc: Document, at: int, text: StrikeText) -> HostStrike:
    """Return strike number `at`, whose fault is a process's, in machine form.

    Raises:
        UsageError: it stands elsewhere, or does not say when, or for how long.
    """
    where: Where = ("strikes", at)
    match = _TARGET.fullmatch(text.at)
    if match is None:
        raise doc.wrong(
            (*where, "at"), f"target.process, or target.process.2 of several, not {text.at!r}"
        )
    if not text.window and text.phase is None:
        raise doc.wrong(where, "a window such as 5s..7s, or a phase such as acked")
    fault = text.fault
    assert isinstance(fault, HostFault)
    if fault.spans and not fault.lasts_ms() and not text.window:
        raise doc.wrong((*where, "fault"), "how long, such as by: 2s")
    at_ms, until_ms = window_ms(text.window) if text.window else (0.0, None)
    raw = doc.data["strikes"][at]["fault"]
    return HostStrike(
        id=text.id,
        fault=raw,
        who=fault.whose(),
        instance=int(match[1] or 1) - 1,
        at_ms=at_ms,
        until_ms=until_ms,
        phase=text.phase,
        orders=text.orders,
    )


def lacking(fault: HostFault, strike: HostStrike, control: Control | None) -> str:
    """Return what a target file would have to say for a strike to be exercised, or nothing where it says it."""
    if control is None:
        return "control"
    _, is_action, action = strike.who.partition("action.")
    if is_action:
        return "" if action in control.actions else f"control.actions.{action}"
    there = control.all_held()
    if strike.instance >= len(there):
        return f"control.instances[{strike.instance}]" if strike.instance else "control.start"
    struck = there if fault.each else [there[strike.instance]]
    return "" if all(fault.does in one.acts() for one in struck) else f"control: {fault.does}"


def _place(doc: Document, path: Where, at: str, used: Used) -> tuple[list[str], Leg]:
    who, dot, leg = at.partition(".")
    if not dot:
        raise doc.wrong(path, f"upstream.leg, such as gateways.notify, not {at!r}")
    if leg not in list(Leg):
        raise doc.wrong(path, f"{leg!r} is no leg{did_you_mean(leg, list(Leg))}")
    if who in ROLES:
        return [name for name, entry in used.items() if entry.side == ROLES[who]], Leg(leg)
    if who in used:
        return [who], Leg(leg)
    raise doc.wrong(path, f"no upstream {who!r} in this run{did_you_mean(who, [*ROLES, *used])}")


def _ops(
    doc: Document,
    path: Where,
    said: str | list[str],
    leg: Leg,
    entries: list[Entry],
    *,
    fault: Fault,
    everything: bool,
) -> tuple[str, ...]:
    possible = {op for entry in entries for op in _possible(entry, leg)}
    if everything:
        return tuple(sorted(possible))
    ops = [said] if isinstance(said, str) and said else said or _usual(entries, leg, fault)
    for op in ops:
        if op not in possible:
            raise doc.wrong(path, f"{op!r} has no {leg} here{did_you_mean(op, possible)}")
        if fault.ops is not None and op not in fault.ops:
            sensible = ", ".join(sorted(possible & fault.ops)) or "nothing here"
            raise doc.wrong(path, f"this fault makes no sense on {op}; it does on: {sensible}")
    return tuple(ops)


def _usual(entries: list[Entry], leg: Leg, fault: Fault) -> list[str]:
    """Return the operations that are meant where none is named: the main ones, or those that the fault is for."""
    main = {op for entry in entries for op in MAIN_OPS[entry.side, leg]}
    if fault.ops is None or main & fault.ops:
        return sorted(main if fault.ops is None else main & fault.ops)
    possible = {op for entry in entries for op in _possible(entry, leg)}
    return sorted(possible & fault.ops) or sorted(main)


def _possible(entry: Entry, leg: Leg) -> tuple[str, ...]:
    if leg is Leg.NOTIFY:
        silent = ("create",) if entry.side == "gateway" else ()
        return (*entry.notifies, *silent)
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


def all_resolved(
    doc: Document, texts: list[StrikeText], used: Used, control: Control | None = None
) -> Resolved:
    """Return the strikes of a scenario, each where it belongs; one that the target has no control for is a note alone.

    Raises:
        UsageError: one of them names what this run does not have, stands where it makes no sense, or twice.
    """
    found = Resolved()
    refuse_repeated_ids(doc, texts)
    for at, text in enumerate(texts):
        fault = text.fault
        if isinstance(fault, LinkFault):
            link = link_strike(doc, at, text, used)
            found.links.append(link)
            found.notes.append(_note(doc, at, text, link.share, link.window_ms))
        elif isinstance(fault, HostFault):
            host = host_strike(doc, at, text)
            lacks = lacking(fault, host, control)
            found.hosts += [] if lacks else [host]
            span_ms = (host.at_ms, host.until_ms) if host.until_ms is not None else None
            found.notes.append(_note(doc, at, text, 1.0, span_ms, lacks=lacks))
        else:
            wire = resolved(doc, at, text, used)
            found.wire.append(wire)
            found.notes.append(_note(doc, at, text, wire.share, wire.window_ms))
    return found


def _note(
    doc: Document,
    at: int,
    text: StrikeText,
    share: float,
    window: tuple[float, float] | None,
    *,
    lacks: str = "",
) -> StrikeNote:
    kind = str(doc.data["strikes"][at]["fault"]["kind"])
    return StrikeNote(id=text.id, at=text.at, kind=kind, share=share, window_ms=window, lacks=lacks)
