"""A suite: scenarios and seeds in one file, scenarios/suites/NAME.yaml, run one after another.

scenarios: all                     # or a list of names
without: [i21_slow_banks]          # of all, not these
seeds: 1                           # each scenario with its own seed, then with the next ones
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from harness.core import document
from harness.core.errors import UsageError, did_you_mean
from harness.scenario import SCENARIOS, find
from harness.search.errand import Came, Errand, run_all
from harness.search.fitting import fitting
from harness.targets import target as targets

FOLDER = SCENARIOS / "suites"


class Suite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a suite file says."""

    scenarios: Literal["all"] | list[str]
    without: list[str] = []
    seeds: Annotated[int, Meta(ge=1, le=1000)] = 1


def names() -> list[str]:
    """Return the names of the suites that ship, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml") if not path.stem.startswith("_"))


def load(word: str) -> Suite:
    """Read a suite: a path, or the name of one that ships.

    Raises:
        UsageError: there is none, or it names a scenario that is none.
    """
    path = next((p for p in (Path(word), FOLDER / f"{word}.yaml") if p.is_file()), None)
    if path is None:
        raise UsageError(f"no suite {word!r}{did_you_mean(word, names())}")
    suite = document.load(path).convert(Suite)
    for name in (*suite.without, *chosen(suite)):
        find(name)
    return suite


def chosen(suite: Suite) -> list[str]:
    """Return the names of a suite's scenarios, in order."""
    if suite.scenarios != "all":
        return suite.scenarios
    return sorted(p.stem for p in SCENARIOS.glob("*.yaml") if p.stem not in suite.without)


class Laid(msgspec.Struct, frozen=True):
    """A suite laid out: its runs, and which scenarios are about what the target does not have, with the reason."""

    errands: list[Errand]
    unfit: dict[str, str]


def lay_out(
    suite: Suite, out: Path, *, target: Path | None = None, hosts: tuple[str, ...] = ()
) -> Laid:
    """Return the suite's runs on its scenarios' targets, or on one; seed after seed, each in a folder of its own.

    Raises:
        UsageError: a scenario or the target has a mistake, or none fits it; nothing has been started.
    """
    if target is not None:
        targets.load(target)
    seeds, unfit = {}, {}
    for name in chosen(suite):
        staged = fitting(find(name), target)
        if isinstance(staged, str):
            unfit[name] = staged
        else:
            seeds[staged.path] = staged.seed
    if not seeds:
        raise UsageError(f"no scenario of the suite fits {target}: {'; '.join(unfit.values())}")
    found = [
        Errand(
            scenario=path, out=out / f"seed-{more}", seed=seed + more, target=target, hosts=hosts
        )
        for more in range(suite.seeds)
        for path, seed in seeds.items()
    ]
    return Laid(found, unfit)


def run(laid: Laid, jobs: int, saw: Callable[[Came], None]) -> list[Came]:
    """Run a suite and return what came of each run, in the suite's order."""
    came = {one.errand: one for one in run_all(laid.errands, jobs, saw)}
    return [came[errand] for errand in laid.errands]
