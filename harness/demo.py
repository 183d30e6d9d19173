"""The demonstration: a holiday peak on the honest reference platform, then the same with one defect switched on."""

from pathlib import Path

import msgspec
from rich.console import Console

from harness import scenario
from harness.core.errors import HarnessError
from harness.run import RunOptions
from harness.run import run as run_staged
from reports import terminal

SCENARIO = "holiday_peak"
DEFECT = "timeout_is_failure"


def run(out: Path, lang: str, console: Console) -> None:
    """Run both, print both verdicts and where the reports lie.

    Raises:
        HarnessError: the honest platform did not pass, or the defect was not found.
    """
    staged = scenario.stage(scenario.find(SCENARIO))
    folders: list[Path] = []
    for defects, wanted in (((), "PASS"), ((DEFECT,), "FAIL")):
        with_what = f"with the defect {DEFECT}" if defects else "honest"
        console.rule(f"{SCENARIO} on the reference platform, {with_what}")
        folder = run_staged(staged, RunOptions(out=out, defects=defects), Console(stderr=True))
        folders.append(folder)
        terminal.render(folder, console, lang=lang)
        came = msgspec.json.decode((folder / "verdict.json").read_bytes())["verdict"]
        if came != wanted:
            raise HarnessError(f"expected {wanted}, got {came}; see {folder / 'report.html'}")
    console.print("\nReports:")
    for folder in folders:
        console.print(f"  {(folder / 'report.html').resolve()}", soft_wrap=True, highlight=False)
