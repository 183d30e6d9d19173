"""Strikes on links and processes, resolved: which of a run's connections and processes they meet."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from harness.core.document import Document
from harness.core.errors import MisfitError, did_you_mean
from harness.core.units import share_of_one, window_ms
from harness.faults._host import HostFault, HostStrike, any_host_fault
from harness.faults._link import LinkStrike
from harness.strike_text import StrikeText, Where
from harness.targets._control import Control
from harness.targets.target import Target
from mock_upstreams.catalogue import Entry

Used = Mapping[str, Entry]
"""The upstreams of a run by name."""

_PROCESS = re.compile(r"([\w-]+)\.process(?:\.([1-9]\d?))?")
_OTHERS = "workers.process, <dependency>.process, databases.process, caches.process or dependencies.process"
CUSTOMERS = "customers"
ROLES = {"gateways": "gateway", "operators": "operator", "channels": "message"}
FIRSTS = {"first_gateway": "gateway", "first_operator": "operator"}
"""The one that the target file names first, so that a scenario can strike one of several without knowing which."""
DEPENDENCIES = {"dependencies": None, "databases": "database", "caches": "cache"}
"""What a scenario calls the target's dependencies by: all of them, or those of one role."""
PARTS = {"workers": "worker", "schedulers": "scheduler"}
"""What it calls processes of the target by that answer nobody: all of one role, one after another."""


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Who is in a run: the upstreams by name, and the target with what it depends on."""

    used: Used
    target: Target
    spoken: Used = msgspec.field(default_factory=dict)
    """The dialects that there are; one that this target does not use is nobody's mistake."""

    def lacks(self, who: str) -> bool:
        """Say whether an upstream's name or role is a good one, and nobody here goes by it."""
        known = is_role(who) or who in self.spoken
        return known and not upstreams_called(who, self.used)


def upstreams_called(who: str, used: Used) -> list[str]:
    """Return the upstreams that a name or a role means: itself, all of a side, or the first of one."""
    if who in used:
        return [who]
    side = ROLES.get(who) or FIRSTS.get(who)
    names = [name for name, entry in used.items() if entry.side == side]
    return names[:1] if who in FIRSTS else names


def is_role(who: str) -> bool:
    """Say whether a scenario speaks of whoever the target has in a role, and not of a dialect by its name."""
    return who in ROLES or who in FIRSTS


def link_strike(doc: Document, at: int, text: StrikeText, cast: Cast) -> LinkStrike | str:
    """Return strike number `at`, whose fault is a link's, in machine form, or the role that the target lacks.

    Raises:
        UsageError: it stands on something that is no link of this run.
    """
    path: Where = ("strikes", at, "at")
    who, _, what = text.at.partition(".")
    if what != "link":
        places = (
            "customers.link, gateways.link, dependencies.link, <upstream>.link or <dependency>.link"
        )
        raise doc.wrong(path, f"{places}, not {text.at!r}")
    target = cast.target
    links = _links(doc, path, who, cast)
    if not links:
        return who
    for name in links:
        if name in target.dependencies and not target.led_to(name):
            raise doc.wrong(
                path,
                f"the target is never told of our proxy: say {{{{dependencies.{name}.port}}}} in its"
                f" control.start or control.env, or give dependencies.{name} a listen",
            )
    return LinkStrike(
        id=text.id,
        links=links,
        fault=doc.data["strikes"][at]["fault"],
        share=share_of_one(text.share),
        window_ms=window_ms(text.window) if text.window else None,
    )


def _links(doc: Document, path: Where, who: str, cast: Cast) -> tuple[str, ...]:
    used, target = cast.used, cast.target
    if who in DEPENDENCIES:
        return dependencies_of(target, who)
    if who == CUSTOMERS or who in target.dependencies:
        return (who,)
    named = upstreams_called(who, used)
    if named or cast.lacks(who):
        return tuple(named)
    known = [CUSTOMERS, *ROLES, *FIRSTS, *used, *DEPENDENCIES, *target.dependencies]
    raise doc.wrong(path, f"no party {who!r} in this run{did_you_mean(who, known)}")


def dependencies_of(target: Target, who: str) -> tuple[str, ...]:
    """Return the names of the target's dependencies in a role."""
    role = DEPENDENCIES[who]
    return tuple(
        name for name, one in target.dependencies.items() if role is None or one.role == role
    )


def host_strikes(doc: Document, at: int, text: StrikeText, cast: Cast) -> list[HostStrike] | str:
    """Return strike number `at`, whose fault is a process's, in machine form: one for each whom it meets.

    Where the target lacks the role, or what would have to be held, that is returned instead.

    Raises:
        UsageError: it stands elsewhere, or does not say when, or for how long.
    """
    fault = text.fault
    assert isinstance(fault, HostFault)
    path: Where = ("strikes", at, "at")
    match = _PROCESS.fullmatch(text.at)
    if match is None:
        raise doc.wrong(path, f"target.process, target.process.2 of several, {_OTHERS}")
    who, target = match[1], cast.target
    timed = _timed(doc, at, text, fault)
    if who == "target":
        strike = msgspec.structs.replace(timed, who=fault.whose(), instance=int(match[2] or 1) - 1)
        return lacking(fault, strike, target.control) or [strike]
    if who in PARTS and not match[2]:
        return _parts(doc, path, who, timed, target.control)
    if who not in DEPENDENCIES and who not in target.dependencies:
        known = ["target", *PARTS, *DEPENDENCIES, *target.dependencies]
        wrong = f"nobody {who!r} is held in this run, as in target.process"
        raise doc.wrong(path, f"{wrong}{did_you_mean(who, known)}")
    if match[2] or fault.whose() != "target":
        raise doc.wrong(path, "instances and actions are the target's own: target.process")
    names = dependencies_of(target, who) if who in DEPENDENCIES else (who,)
    missing = next((lack for one in names if (lack := _dependency_lacks(fault, one, target))), "")
    if missing or not names:
        return missing or who
    return [msgspec.structs.replace(timed, who=held_as(name)) for name in names]


def _parts(
    doc: Document, path: Where, who: str, timed: HostStrike, control: Control | None
) -> list[HostStrike] | str:
    """Return a strike on each instance of a role, or what the target lacks."""
    fault: HostFault = msgspec.convert(timed.fault, any_host_fault())
    if fault.each or fault.whose() != "target":
        raise doc.wrong(path, "all instances, or actions, are the target's own: target.process")
    struck = control.playing(PARTS[who]) if control is not None else []
    strikes = [msgspec.structs.replace(timed, instance=at) for at in struck]
    missing = (lacking(fault, one, control) for one in strikes)
    return next((lack for lack in missing if lack), "") or strikes or who


def check_parts(doc: Document, texts: Sequence[StrikeText], target: Target) -> None:
    """Refuse a scenario that is about processes which answer nobody, for a target that names none of these.

    Raises:
        MisfitError: it strikes workers or schedulers, and the target has neither.
    """
    struck = [(at, text.at.partition(".")[0]) for at, text in enumerate(texts)]
    parts = [(at, who) for at, who in struck if who in PARTS]
    control = target.control
    if parts and not any(control and control.playing(PARTS[who]) for _, who in parts):
        names = " and ".join(dict.fromkeys(who for _, who in parts))
        told = f"the target {target.name!r} has no {names} (role, under control.instances), which this scenario strikes"
        raise MisfitError(doc.wrong(("strikes", parts[0][0], "at"), told), told)


def held_as(dependency: str) -> str:
    """Return what a dependency is held as: its own name could be the target's."""
    return f"dependencies.{dependency}"


def _dependency_lacks(fault: HostFault, name: str, target: Target) -> str:
    control = target.dependencies[name].control
    if control is None:
        return f"dependencies.{name}.control"
    return "" if fault.does in control.acts() else f"dependencies.{name}.control: {fault.does}"


def _timed(doc: Document, at: int, text: StrikeText, fault: HostFault) -> HostStrike:
    """Return a strike that says when, and not yet whom it meets."""
    where: Where = ("strikes", at)
    if not text.window and text.phase is None:
        raise doc.wrong(where, "a window such as 5s..7s, or a phase such as acked")
    if fault.spans and not fault.lasts_ms() and not text.window:
        raise doc.wrong((*where, "fault"), "how long, such as by: 2s")
    at_ms, until_ms = window_ms(text.window) if text.window else (0.0, None)
    raw = doc.data["strikes"][at]["fault"]
    return HostStrike(
        id=text.id,
        fault=raw,
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
