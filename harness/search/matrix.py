"""The matrix: does every defect get caught by the law that it breaks, and does the honest platform stay quiet?

scenarios/suites/_matrix.yaml     which scenarios claim to catch which defect, by which law
canary                           one defect first of all: a harness that misses it is blind, and says so
cells                            defect x scenario x seed
honest                           scenario x seed without any defect: whatever is found there is a false alarm
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Literal

import msgspec

from harness import invariants, inventory
from harness.core import document
from harness.core.clock import tick_s
from harness.core.errors import UsageError, did_you_mean
from harness.core.verdict import Verdict
from harness.invariants.slo import METRICS
from harness.scenario import SCENARIOS, find, find_target, stage
from harness.search.errand import BROKE, Breach, Came, Errand, run_all
from harness.search.fitting import fitting
from harness.targets import target as targets

TABLE = SCENARIOS / "suites" / "_matrix.yaml"

Outcome = Literal["caught", "otherwise", "missed", "undecided", "broke"]
"""By a law that claims it; only by others; PASS; INCONCLUSIVE; no verdict at all."""
Quiet = Literal["quiet", "false alarm", "undecided", "broke"]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What _matrix.yaml says: by defect the scenarios that catch it, the quickest first, and by which laws.

    A threshold that catches one is named by its metric.
    """

    target: str
    canary: str
    catches: dict[str, dict[str, list[str]]]
    targets: dict[str, str] = {}
    """Scenarios that need another target than the table's, by name: what one sells, another does not."""
    out_of_reach: dict[str, str] = {}
    """Defects of what no run drives yet: by defect what is missing. They are listed, never counted as caught."""

    def target_of(self, scenario: str) -> Path:
        """Return the target file that a scenario runs against.

        Raises:
            UsageError: there is none of that name.
        """
        return find_target(self.targets.get(scenario, self.target))


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One run with a defect; `orders` and `load_s` tell how soon the first law that claims it had its case."""

    defect: str
    scenario: str
    seed: int
    outcome: Outcome
    laws: dict[str, Breach]
    """Every law that was broken, claimed or not."""
    by: str = ""
    """The claimed law that had its case first."""
    orders: int | None = None
    load_s: float | None = None
    wall_s: float
    reasons: tuple[str, ...] = ()


class Honest(msgspec.Struct, frozen=True, kw_only=True):
    """One run without a defect."""

    scenario: str
    seed: int
    outcome: Quiet
    laws: dict[str, Breach]
    wall_s: float
    reasons: tuple[str, ...] = ()


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """All that was run, and the command that did it."""

    command: str
    target: str
    canary: str
    cells: tuple[Cell, ...]
    honest: tuple[Honest, ...]
    wall_s: float
    out_of_reach: dict[str, str] = {}
    unfit: dict[str, str] = {}
    """Scenarios that no honest run could exercise on their target, and why."""

    @property
    def canary_died(self) -> bool:
        """Whether the canary was caught each time; a matrix without it proves nothing."""
        mine = [cell.outcome for cell in self.cells if cell.defect == self.canary]
        return bool(mine) and all(outcome == "caught" for outcome in mine)

    @property
    def uncaught(self) -> list[str]:
        """The defects that no law that claims them has caught in any cell."""
        caught = {cell.defect for cell in self.cells if cell.outcome == "caught"}
        return sorted({cell.defect for cell in self.cells} - caught)

    @property
    def false_alarms(self) -> list[Honest]:
        """The honest runs that broke a law."""
        return [one for one in self.honest if one.outcome == "false alarm"]

    @property
    def median_load_s(self) -> float | None:
        """The median time of load until a defect had its first guilty order, over the cells that caught one."""
        times = [cell.load_s for cell in self.cells if cell.load_s is not None]
        return round(median(times), 2) if times else None

    @property
    def verdict(self) -> Verdict:
        """FAIL for a blind canary, a defect that got away or a false alarm; INCONCLUSIVE where a run gave no answer."""
        if not self.canary_died or self.false_alarms:
            return Verdict.FAIL
        outcomes = {*(one.outcome for one in self.cells), *(one.outcome for one in self.honest)}
        if outcomes & {"missed", "otherwise"}:
            return Verdict.FAIL
        return Verdict.INCONCLUSIVE if outcomes & {"undecided", "broke"} else Verdict.PASS


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the matrix to run: empty means all; `first` only the first scenario of each defect."""

    defects: Sequence[str] = ()
    scenarios: Sequence[str] = ()
    seeds: int = 1
    honest: int = 1
    """How many seeds each scenario runs with on the honest platform; 0 for none."""
    first: bool = False


def load(path: Path = TABLE) -> Table:
    """Read the table.

    Raises:
        UsageError: it names a defect, a scenario or a law that is none.
    """
    doc = document.load(path)
    table = doc.convert(Table)
    target_path = find_target(table.target)
    inventory.check_defects(
        targets.load(target_path)[0],
        target_path,
        (table.canary, *table.catches, *table.out_of_reach),
    )
    _check_targets(doc, table)
    known = [*invariants.law_names(), *METRICS]
    for defect, scenarios in table.catches.items():
        for name, laws in scenarios.items():
            find(name)
            for law in laws:
                if law not in known:
                    where = ("catches", defect, name)
                    raise doc.wrong(where, f"no law {law!r}{did_you_mean(law, known)}")
    if table.canary not in table.catches:
        raise doc.wrong(("canary",), "the canary is none of the defects that are caught here")
    return table


def _check_targets(doc: document.Document, table: Table) -> None:
    """Refuse a scenario or target that is none, and a target that cannot be started with what it shall catch."""
    for name, word in table.targets.items():
        try:
            find(name)
            path = find_target(word)
        except UsageError as error:
            raise doc.wrong(("targets", name), str(error)) from None
        defects = tuple(defect for defect, by in table.catches.items() if name in by)
        inventory.check_defects(targets.load(path)[0], path, defects)


def pairs(table: Table, wanted: Wanted) -> list[tuple[str, str]]:
    """Return the defects and scenarios to run, the canary first.

    Raises:
        UsageError: nobody claims to catch a defect, or a scenario catches none.
    """
    for name in wanted.defects:
        if name not in table.catches:
            raise UsageError(
                f"no scenario claims to catch {name!r}{did_you_mean(name, table.catches)}"
            )
    defects = [d for d in table.catches if not wanted.defects or d in wanted.defects]
    defects = [table.canary, *(d for d in defects if d != table.canary)]
    found = []
    for defect in defects:
        names = [s for s in table.catches[defect] if not wanted.scenarios or s in wanted.scenarios]
        if defect == table.canary and not names:
            names = list(table.catches[defect])[:1]
        found += [(defect, name) for name in (names[:1] if wanted.first else names)]
    return found


def run(
    table: Table,
    wanted: Wanted,
    out: Path,
    *,
    jobs: int,
    saw: Callable[[Came], None],
    command: str,
) -> Matrix:
    """Run the wanted part of the matrix.

    Raises:
        UsageError: a name is wrong, or a scenario has a mistake; nothing has been started.
    """
    began_s = tick_s()
    sick = [
        _errand(name, table.target_of(name), out / defect / f"seed-{more}", more, (defect,))
        for defect, name in pairs(table, wanted)
        for more in range(wanted.seeds)
    ]
    scenarios = honest_scenarios(table, wanted) if wanted.honest else {}
    well = [
        _errand(name, table.target_of(name), out / "honest" / f"seed-{more}", more)
        for name, unfit in scenarios.items()
        for more in range(0 if unfit else wanted.honest)
    ]
    came = list(run_all([*sick, *well], jobs, saw))
    return Matrix(
        command=command,
        target=table.target,
        canary=table.canary,
        cells=tuple(_in_order(sick, [cell(table, one) for one in came if one.errand.defects])),
        honest=tuple(sorted((honest(one) for one in came if not one.errand.defects), key=_place)),
        wall_s=round(tick_s() - began_s, 1),
        out_of_reach=table.out_of_reach,
        unfit={name: why for name, why in scenarios.items() if why},
    )


def cell(table: Table, came: Came) -> Cell:
    """Say what a run with a defect showed."""
    (defect,) = came.errand.defects
    name = came.errand.scenario.stem
    claimed = table.catches[defect].get(name, [])
    caught = {law: breach for law, breach in came.broken.items() if law in claimed}
    by = min(caught, key=lambda law: _soon(caught[law]), default="")
    soonest = caught.get(by)
    return Cell(
        defect=defect,
        scenario=name,
        seed=came.errand.seed or 0,
        outcome=_outcome(came, caught=bool(caught)),
        laws=came.broken,
        by=by,
        orders=soonest.orders if soonest else None,
        load_s=soonest.load_s if soonest else None,
        wall_s=came.wall_s,
        reasons=came.reasons,
    )


def honest(came: Came) -> Honest:
    """Say what a run without a defect showed."""
    outcomes: dict[str, Quiet] = {
        Verdict.PASS: "quiet",
        Verdict.FAIL: "false alarm",
        Verdict.INCONCLUSIVE: "undecided",
        BROKE: "broke",
    }
    return Honest(
        scenario=came.errand.scenario.stem,
        seed=came.errand.seed or 0,
        outcome=outcomes[came.verdict],
        laws=came.broken,
        wall_s=came.wall_s,
        reasons=came.reasons,
    )


def _outcome(came: Came, *, caught: bool) -> Outcome:
    if caught:
        return "caught"
    outcomes: dict[str, Outcome] = {
        Verdict.PASS: "missed",
        Verdict.FAIL: "otherwise",
        Verdict.INCONCLUSIVE: "undecided",
        BROKE: "broke",
    }
    return outcomes[came.verdict]


def _errand(name: str, target: Path, out: Path, more: int, defects: tuple[str, ...] = ()) -> Errand:
    path = find(name)
    seed = stage(path, target=target).seed + more
    return Errand(scenario=path, out=out, seed=seed, defects=defects, target=target)


def honest_scenarios(table: Table, wanted: Wanted) -> dict[str, str]:
    """Return every scenario that ships, or those that were asked for, and why its target has nothing of it, else ""."""
    names = [path.stem for path in sorted(SCENARIOS.glob("*.yaml"))]
    chosen = [name for name in names if not wanted.scenarios or name in wanted.scenarios]
    found = {name: fitting(find(name), table.target_of(name)) for name in chosen}
    return {name: one if isinstance(one, str) else "" for name, one in found.items()}


def _in_order(errands: Iterable[Errand], cells: Sequence[Cell]) -> list[Cell]:
    place = {(e.defects[0], e.scenario.stem, e.seed): n for n, e in enumerate(errands)}
    return sorted(cells, key=lambda c: place[c.defect, c.scenario, c.seed])


def _place(one: Honest) -> tuple[str, int]:
    return one.scenario, one.seed


def _soon(breach: Breach) -> float:
    return float("inf") if breach.load_s is None else breach.load_s
