"""The page of a run that goes on: drawn once with all its rows, its numbers filled in by a small script of our own.

Whatever has a name (laws, strikes, thresholds) is written here and escaped; the script only sets text.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from harness.core.plan import Plan
from harness.invariants.law import LawHeader
from harness.invariants.slo import PERCENTILES, TIMED
from harness.invariants.summary import PHASES
from reports.parts import page, words
from reports.parts.script import hash_of, source

STAGES = ("begun", "placed", "paid", "delivered", "refunded", "open")
_METRIC = re.compile(r"\w+")


def made(plan: Plan, laws: Sequence[LawHeader], run_dir: Path) -> tuple[str, str]:
    """Return the page and the content security policy under which it is to be served."""
    script = source("live.js")
    csp = (
        "default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:;"
        f" script-src '{hash_of(script)}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    text = (
        page.environment()
        .get_template("live.html")
        .render(
            lang=words.LANGUAGES[0],
            plan=plan,
            laws=laws,
            phases=PHASES,
            stages=STAGES,
            timed=TIMED,
            percentiles=PERCENTILES,
            metric_of=metric_of,
            report=str(run_dir / "report.html"),
            style=Markup(source("page.css") + source("live.css")),  # noqa: S704 - our own files
            script=Markup(script),  # noqa: S704 - our own file
        )
    )
    return text, csp


def metric_of(threshold: str) -> str:
    """Return the metric that a threshold is about."""
    found = _METRIC.search(threshold)
    return found[0] if found else ""
