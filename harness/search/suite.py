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
from harness.scenario import SCENARIOS, find, stage
from harness.search.errand import Came, Errand, run_all

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


def errands(suite: Suite, out: Path) -> list[Errand]:
    """Return the suite's runs, seed after seed; each writes into a folder of its own.

    Raises:
        UsageError: a scenario has a mistake; nothing has been started.
    """
    found = []
    for more in range(suite.seeds):
        for name in chosen(suite):
            path = find(name)
            seed = stage(path).seed + more
            found.append(Errand(scenario=path, out=out / f"seed-{more}", seed=seed))
    return found


def run(suite: Suite, out: Path, jobs: int, saw: Callable[[Came], None]) -> list[Came]:
    """Run a suite and return what came of each run, in the suite's order."""
    wanted = errands(suite, out)
    came = {one.errand: one for one in run_all(wanted, jobs, saw)}
    return [came[errand] for errand in wanted]
