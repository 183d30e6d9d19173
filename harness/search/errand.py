"""One run as an errand: a process of its own with a folder of its own, so that several never meet.

came = run(Errand(scenario=path, out=folder, seed=7, defects=("polls_never",)))
came.verdict, came.broken["no_lost_delivery"].load_s
"""

import multiprocessing
import os
import runpy
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from harness import interrupt
from harness.core.clock import tick_s
from harness.core.errors import InconclusiveError
from harness.core.verdict import EXIT_CODES, Verdict

OVERDUE_S = 600.0
"""A run that takes longer is ended, and counts as one in which the harness broke."""
BROKE = "BROKE"
"""What a run came to whose harness gave no verdict."""
_WORDS_KEPT = 300
_FORKS = multiprocessing.get_context("forkserver")
"""Whoever runs many runs imports the command line once, in a process that does nothing but fork."""
_FORKS.set_forkserver_preload(["harness.cli"])
_out: set[BaseProcess] = set()
"""The runs that have begun and not ended."""


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What to run; `seed` None means the scenario's own, `out` must be nobody else's."""

    scenario: Path
    out: Path
    seed: int | None = None
    defects: tuple[str, ...] = ()
    target: Path | None = None
    hosts: tuple[str, ...] = ()
    """Hosts that the command line allows."""


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """A law or threshold that was broken, and how soon: when the first guilty order came, as the how-manieth.

    None where no finding names an order of a customer.
    """

    findings: int
    orders: int | None = None
    load_s: float | None = None


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an errand; `verdict` is BROKE where there is none."""

    errand: Errand
    verdict: str
    wall_s: float
    folder: Path | None = None
    reasons: tuple[str, ...] = ()
    broken: dict[str, Breach] = {}


def run(errand: Errand) -> Came:
    """Run a scenario to its verdict in a process of its own."""
    began_s = tick_s()
    with tempfile.TemporaryDirectory() as name:
        words = Path(name) / "said"
        words.touch()
        exit_code = _go(_arguments(errand), words)
        said = words.read_text(encoding="utf-8", errors="replace")[-_WORDS_KEPT:].strip()
    if exit_code is None:
        said = f"not finished within {OVERDUE_S:g} s"
    finished = exit_code in EXIT_CODES.values()
    wall_s = round(tick_s() - began_s, 1)
    folder = _folder(errand) if finished else None
    if folder is None:
        return Came(errand=errand, verdict=BROKE, wall_s=wall_s, reasons=(said,))
    told: dict[str, Any] = msgspec.json.decode((folder / "verdict.json").read_bytes())
    return Came(
        errand=errand,
        verdict=str(told["verdict"]),
        wall_s=wall_s,
        folder=folder,
        reasons=tuple(told["reasons"]),
        broken=_broken(folder, told),
    )


def run_all(errands: Iterable[Errand], jobs: int, saw: Callable[[Came], None]) -> Iterator[Came]:
    """Run errands, `jobs` at a time, and yield each as it comes back; `saw` is told of it first.

    Whoever is interrupted begins no further one, and waits for those that are out: Ctrl-C has reached them, too, and
    what reached us alone is passed on to them.

    Raises:
        InconclusiveError: it was interrupted.
    """
    pool, ended = ThreadPoolExecutor(max_workers=jobs), 0
    begun = [pool.submit(run, errand) for errand in errands]
    try:
        for future in as_completed(begun):
            came = future.result()
            ended += 1
            saw(came)
            yield came
    except KeyboardInterrupt:
        for process in [*_out] if interrupt.alone() else ():
            process.terminate()
        raise InconclusiveError(
            f"interrupted when {ended} of {len(begun)} runs had ended"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def worst(verdicts: Iterable[str]) -> int:
    """Return the exit code of several runs: that of the worst; a harness that broke is worse than any verdict."""
    ranked = (BROKE, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)
    found = min(verdicts, key=ranked.index, default=Verdict.INCONCLUSIVE)
    return 4 if found == BROKE else EXIT_CODES[Verdict(found)]


def _go(arguments: list[str], words: Path) -> int | None:
    """Run the command line in a process of its own and return its exit code, None if it was overdue."""
    process = _FORKS.Process(target=_alone, args=(arguments, str(words)))
    process.start()
    _out.add(process)
    try:
        process.join(OVERDUE_S)
        if process.exitcode is None:
            process.kill()
            process.join()
            return None
        return process.exitcode
    finally:
        _out.discard(process)


def _alone(arguments: list[str], words: str) -> None:
    """Be the command line; what it says goes into a file, of which the errors are kept."""
    with Path(os.devnull).open("r+b") as nowhere, Path(words).open("wb") as said:
        for number, file in enumerate((nowhere, nowhere, said)):
            os.dup2(file.fileno(), number)
    sys.argv = ["recharge-chaos", *arguments]
    runpy.run_module("harness", run_name="__main__")


def _arguments(errand: Errand) -> list[str]:
    command = ["run", str(errand.scenario), "--out", str(errand.out)]
    if errand.seed is not None:
        command += ["--seed", str(errand.seed)]
    if errand.target is not None:
        command += ["--target", str(errand.target)]
    for host in errand.hosts:
        command += ["--allow-host", host]
    for defect in errand.defects:
        command += ["--defect", defect]
    return command


def _folder(errand: Errand) -> Path | None:
    latest = errand.out / errand.scenario.stem / "latest"
    return latest.resolve() if (latest / "verdict.json").is_file() else None


def _broken(folder: Path, told: dict[str, Any]) -> dict[str, Breach]:
    """Return what was broken: laws, with how soon the first guilty order came, and thresholds by metric."""
    begun = [phase["start_ns"] for phase in told["phases"] if phase["phase"] == "load"]
    laws = {
        law["law"]: _breach(folder, law, begun[0] if begun else 0)
        for law in told["laws"]
        if law["verdict"] == Verdict.FAIL
    }
    missed = (slo["slo"].split()[0] for slo in told["slo"] if slo["verdict"] == Verdict.FAIL)
    return laws | dict.fromkeys(missed, Breach(findings=1))


def _breach(folder: Path, law: dict[str, Any], begun_ns: int) -> Breach:
    guilty = [finding["intent"] for finding in law["findings"] if finding["intent"] is not None]
    if not guilty:
        return Breach(findings=law["broken"])
    with duckdb.connect() as db:
        (first_ns, orders) = db.execute(
            "WITH due AS (SELECT intent, time_ns FROM read_parquet($events) WHERE kind = 'intent'),"
            " first AS (SELECT MIN(time_ns) AS ns FROM due WHERE intent IN (SELECT UNNEST($guilty)))"
            " SELECT MIN(first.ns), COUNT(*) FROM due JOIN first ON due.time_ns <= first.ns",
            {"events": str(folder / "parquet" / "events.parquet"), "guilty": guilty},
        ).fetchall()[0]
    load_s = None if first_ns is None else round((first_ns - begun_ns) / 1e9, 2)
    return Breach(findings=law["broken"], orders=orders, load_s=load_s)
