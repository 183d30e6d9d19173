"""Scenario YAML to a run that can be started: the only reader of scenario files.

Scenario    what the file says, in its own words (docs/scenarios.md)
Staged      what it means for one target: names resolved, strikes in machine form, nothing started yet
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec

from harness import invariants, offers, striking, terms
from harness.core import document
from harness.core.errors import MisfitError, UsageError, did_you_mean
from harness.core.plan import Ruled, StrikeNote
from harness.core.units import duration_ms
from harness.faults._host import HostStrike
from harness.faults._link import LinkStrike
from harness.faults._strike import Strike
from harness.strike_text import StrikeText
from harness.striking_places import ROLES, Cast
from harness.targets import target as targets
from harness.targets.found import with_accounts
from harness.targets.target import Target
from harness.traffic import personas
from harness.traffic.arrivals import starts_ms
from harness.traffic.job import Traffic
from mock_upstreams.catalogue import Entry, catalogue

SCENARIOS = Path(__file__).parent.parent / "scenarios"


class Settle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Wait until nothing has moved for `quiet`, at most `at_most`; real time."""

    quiet: str = "2s"
    at_most: str = "60s"

    def __post_init__(self) -> None:
        duration_ms(self.quiet)
        duration_ms(self.at_most)


class Expect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must hold: laws by name, thresholds, and how late the driver itself may be."""

    laws: Literal["all"] | list[str] = "all"
    about: list[str] = []
    """Laws that it is about: where none of them applies, it does not fit, and passes nobody."""
    slo: list[str | invariants.Threshold] = []
    """Thresholds, such as `place_p95 < 500ms`; one that is to end the load early is a mapping."""
    coverage: list[str] = []
    """Cells of fault and order phase that must have been met, such as `duplicate @ delivered`."""
    sells_out: bool = False
    """It is about the last pieces of a stock: somebody must have come too late for one."""
    driver_lateness_p99: str = "50ms"

    def __post_init__(self) -> None:
        duration_ms(self.driver_lateness_p99)
        for text in self.thresholds:
            invariants.parse_slo(text)
        for text in self.coverage:
            invariants.parse_cell(text)

    @property
    def thresholds(self) -> list[str]:
        """The thresholds alone."""
        return [one if isinstance(one, str) else one.threshold for one in self.slo]

    @property
    def aborts(self) -> dict[str, float]:
        """The thresholds that may end the load: by its text, the real ms of grace before it is looked at."""
        ends = (one for one in self.slo if not isinstance(one, str) and one.abort_on_fail)
        return {one.threshold.strip(): duration_ms(one.delay_abort_eval) for one in ends}


EACH, FIRST = "all", "first"
"""Among a scenario's gateways or operators: settings of every one that the target has, or of the one it names first."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole scenario file."""

    seed: int = 1
    time_scale: float = 60.0
    target: str = "reference"
    date: str = ""
    """The day that a platform which can be told believes it is; today unless said."""
    gateways: list[str] | dict[str, dict[str, Any]] = {}
    operators: list[str] | dict[str, dict[str, Any]] = {}
    channels: list[str] | dict[str, dict[str, Any]] = {}
    traffic: Traffic
    strikes: list[StrikeText] = []
    settle: Settle = Settle()
    expect: Expect = Expect()

    def __post_init__(self) -> None:
        if not 0 < self.time_scale <= 10_000:
            raise ValueError("a time_scale above 0, at most 10000")
        if not 0 <= self.seed < 2**63:
            raise ValueError("a seed between 0 and 2**63 - 1")
        if self.date:
            date.fromisoformat(self.date)


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario on one target, ready to be started."""

    name: str
    path: Path
    text: str
    scenario: Scenario
    seed: int
    target: Target
    target_path: Path
    gateways: dict[str, dict[str, Any]]
    """Dialects in use with the settings that the scenario adds."""
    operators: dict[str, dict[str, Any]]
    channels: dict[str, dict[str, Any]] = {}
    strikes: list[Strike]
    links: list[LinkStrike] = []
    hosts: list[HostStrike] = []
    notes: list[StrikeNote]
    laws: list[str]
    not_applicable: dict[str, str]
    """Laws that need what the target does not have: by law, what it needs."""
    has: tuple[str, ...]
    date: str = ""
    """The day that the platform is told, if it can be."""
    settle_rules: tuple[Ruled, ...] = ()
    hurried: tuple[str, ...] = ()
    """The upstreams that would send again sooner than the platform handles a notification: they wait that long."""
    numberless: tuple[str, ...] = ()
    """The operators that know no order number of the caller's."""
    starts_ms: list[float]


def stage(path: Path, *, target: Path | None = None, seed: int | None = None) -> Staged:
    """Read a scenario and its target, and resolve every name.

    Raises:
        UsageError: with file, line, column, and the nearest valid word; nothing has been started.
    """
    doc = document.load(path)
    scenario = doc.convert(Scenario)
    target_path = target or _target_path(doc, scenario.target)
    platform, told = targets.load(target_path)
    platform = _regulars(scenario, with_accounts(platform, target_path.parent))
    scenario = _timed(scenario, platform)
    terms.check(told, platform)
    chosen, cast = _cast(doc, scenario, platform)
    strikes = striking.all_resolved(doc, scenario.strikes, cast)
    _check_traffic(doc, scenario, cast, list(chosen["gateways"]))
    today, rules = offers.calendar(platform, scenario.date)
    kinds = personas.kinds(scenario.traffic.extra_folder)
    buyers = [kinds[name] for name, weight in scenario.traffic.personas.items() if weight > 0]
    has = offers.there(platform, buyers, operators=bool(chosen["operators"]), rules=bool(rules))
    asked = _laws(doc, scenario, strikes.wire)
    needs = {law.name: law.needs for law in invariants.laws() if law.needs and law.needs not in has}
    offers.check_about(doc, scenario.expect.about, needs, platform.name)
    final_seed = scenario.seed if seed is None else seed
    return Staged(
        name=path.stem,
        path=path,
        text=doc.text,
        scenario=scenario,
        seed=final_seed,
        target=platform,
        target_path=target_path,
        **chosen,
        strikes=strikes.wire,
        links=strikes.links,
        hosts=strikes.hosts,
        notes=strikes.notes,
        laws=[name for name in asked if name not in needs],
        not_applicable={name: needs[name] for name in asked if name in needs},
        has=has,
        date=today,
        settle_rules=rules,
        hurried=offers.hurried(cast.used, platform, scenario.time_scale),
        numberless=tuple(sorted(name for name, one in cast.used.items() if not one.numbered)),
        starts_ms=starts_ms(scenario.traffic.arrivals, final_seed),
    )


def _cast(
    doc: document.Document, scenario: Scenario, platform: Target
) -> tuple[dict[str, dict[str, dict[str, Any]]], Cast]:
    """Return the upstreams by role, each with what the scenario adds to its settings, and who is in the run."""
    upstreams = catalogue()
    chosen = {
        role: _chosen(doc, role, getattr(scenario, role), getattr(platform, role), upstreams)
        for role in ROLES
    }
    offered = {**platform.gateways, **platform.operators, **platform.channels}
    terms.check_added(doc, offered, chosen)
    used = {n: upstreams[_spoken(n, offered)] for added in chosen.values() for n in added}
    return chosen, Cast(used=used, target=platform, spoken=upstreams)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "recharge-chaos scenario",
        **msgspec.json.schema(Scenario),
    }


def find(word: str) -> Path:
    """Return the scenario that a word means: a path, or the name of one that ships with the project.

    Raises:
        UsageError: there is none; the nearest name is said.
    """
    for candidate in (Path(word), SCENARIOS / f"{word}.yaml"):
        if candidate.is_file():
            return candidate
    known = [p.stem for p in SCENARIOS.glob("*.yaml")]
    raise UsageError(f"no scenario {word!r}{did_you_mean(Path(word).stem, known)}")


def find_target(word: str, beside: Path | None = None) -> Path:
    """Return the target file that a word means: a path, or the name of one that ships with the project.

    Raises:
        UsageError: there is none; the nearest name is said.
    """
    shipped = SCENARIOS / "targets"
    places = [Path(word), shipped / f"{word}.yaml"]
    if beside is not None:
        places[:0] = [beside / word, beside / "targets" / f"{word}.yaml"]
    for candidate in places:
        if candidate.is_file():
            return candidate
    known = [p.stem for p in shipped.glob("*.yaml")]
    raise UsageError(f"no target {word!r}{did_you_mean(Path(word).stem, known)}")


def _target_path(doc: document.Document, word: str) -> Path:
    try:
        return find_target(word, doc.path.parent)
    except UsageError as error:
        raise doc.wrong(("target",), str(error)) from None


def _chosen(
    doc: document.Document,
    role: str,
    wanted: list[str] | dict[str, dict[str, Any]],
    offered: dict[str, dict[str, Any]],
    upstreams: Mapping[str, Entry],
) -> dict[str, dict[str, Any]]:
    """Return the upstreams of one role in use: those that the scenario lists, else all of the target's.

    Settings for a dialect that the target does not use are nobody's.
    """
    added = dict(wanted) if isinstance(wanted, dict) else {name: {} for name in wanted}
    groups = {}
    if isinstance(wanted, dict):
        groups = {word: added.pop(word) for word in (EACH, FIRST) if word in added.keys() - offered}
        added = {n: own for n, own in added.items() if n in offered or n not in upstreams}
    if isinstance(wanted, list) and not wanted:
        raise doc.wrong((role,), "an empty list; leave the key out to use all of the target's")
    for at, name in enumerate(added):
        path = (role, at if isinstance(wanted, list) else name)
        if name not in offered:
            told = f"the target has no {name!r}{did_you_mean(name, offered)}"
            wrong = doc.wrong(path, told)
            raise MisfitError(wrong, told) if name in upstreams else wrong
    names = list(added) if isinstance(wanted, list) else list(offered)
    for name in names:
        spoken = _spoken(name, offered)
        if spoken not in upstreams or upstreams[spoken].side != ROLES[role]:
            known = [n for n, entry in upstreams.items() if entry.side == ROLES[role]]
            near = did_you_mean(spoken, known)
            raise UsageError(f"the target's {role} name {spoken!r}, which we do not speak{near}")
    of_first = dict.fromkeys(names[:1], groups.get(FIRST, {}))
    each = groups.get(EACH, {})
    return {name: {**each, **of_first.get(name, {}), **added.get(name, {})} for name in names}


def _spoken(name: str, offered: Mapping[str, dict[str, Any]]) -> str:
    """Return the dialect of one of the target's upstreams: what it says itself, else its name."""
    return str(offered[name].get("dialect") or name)


def _timed(scenario: Scenario, platform: Target) -> Scenario:
    """Return the scenario with the platform's own expiry, where the target file says it: customers pay around that."""
    replace = msgspec.structs.replace
    if not platform.expiry:
        return scenario
    return replace(scenario, traffic=replace(scenario.traffic, expiry=platform.expiry))


def _regulars(scenario: Scenario, platform: Target) -> Target:
    """Return the platform with no more customers than the scenario wants, so that each comes often.

    Where so many orders and no more may come from one address, few customers would be refused for it.
    """
    few = scenario.traffic.customers
    if not few or platform.promises.per_address is not None:
        return platform
    return msgspec.structs.replace(platform, customers=min(few, platform.customers))


def _check_traffic(
    doc: document.Document, scenario: Scenario, cast: Cast, gateways: list[str]
) -> None:
    """Refuse traffic that finds nothing to buy on this target, or needs a call that it lacks."""
    platform, kinds = cast.target, personas.kinds(scenario.traffic.extra_folder)
    offered = offers.offered(platform, cast.used.values())
    for name, weight in scenario.traffic.personas.items():
        lacking = kinds[name].needs - offered if weight > 0 and name in kinds else set()
        if lacking:
            told = f"the target {platform.name!r} has no {', '.join(sorted(lacking))}, which this persona needs"
            raise MisfitError(doc.wrong(("traffic", "personas", name), told), f"{name}: {told}")
    try:
        scenario.traffic.intents(
            seed=scenario.seed,
            goods=platform.goods,
            gateways=gateways,
            customers=platform.customers,
            line=platform.batch_line,
        )
    except ValueError as error:
        raise MisfitError(doc.wrong(("traffic", "personas"), str(error)), str(error)) from None


def _laws(doc: document.Document, scenario: Scenario, strikes: list[Strike]) -> list[str]:
    """Return the laws that the run must exercise: those named, or all that this scenario can exercise."""
    wanted, known = scenario.expect.laws, invariants.law_names()
    if wanted == "all":
        kinds = {str(strike.fault["kind"]) for strike in strikes}
        return [
            law.name
            for law in invariants.laws()
            if not law.exercised_by or kinds & set(law.exercised_by.split(", "))
        ]
    for at, name in enumerate(wanted):
        if name not in known:
            raise doc.wrong(("expect", "laws", at), f"no law {name!r}{did_you_mean(name, known)}")
    return wanted
