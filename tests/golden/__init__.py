"""A run that was kept: its journals are judged and rendered again, and every file must come out byte for byte the same.

`python -m tests.golden` writes it anew after a change that was meant; look at the difference before keeping it.
"""

import shutil
from pathlib import Path

import msgspec

import reports
from harness.core import plan as plans
from harness.invariants import judge

KEPT = Path(__file__).parent / "duplicate_notify"
SOURCES = ("plan.json", "environment.json", "journals")
MADE = ("verdict.json", "report.html", "junit.xml", "ctrf.json", "summary.md")


def again(run_dir: Path) -> dict[str, bytes]:
    """Judge and render a copy of the kept run in `run_dir`; return what each file holds."""
    run_dir.mkdir(parents=True)
    for name in SOURCES:
        source = KEPT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, run_dir / name)
    judge(run_dir)
    reports.render_all(run_dir)
    return {name: (run_dir / name).read_bytes() for name in MADE}


def keep(run_dir: Path) -> None:
    """Keep a run's sources under this folder, with a plan that asks for few laws."""
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir()
    for name in SOURCES:
        source = run_dir / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, KEPT / name)
    laws = ("charged_once", "no_duplicate_delivery", "no_lost_delivery")
    plan = msgspec.structs.replace(plans.read(KEPT), laws=laws)
    plans.write(plan, KEPT)
