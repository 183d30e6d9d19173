"""How soon the report of an hour with ten thousand findings is open in a browser, and how large it is."""

import statistics
import tempfile
import time
from pathlib import Path

import reports
from tests.reports import browser as browsers
from tests.reports import finished_run as runs
from tests.reports.test_browser import MANY, many

INTENTS = 72_000
"""An hour at 20 orders a second."""
TIMES = 5
MOST_S, MOST_MIB = 2.0, 8.0
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def run():
    with tempfile.TemporaryDirectory() as folder:
        run_dir = runs.build(Path(folder), intents=INTENTS)
        many(run_dir)
        began = time.perf_counter()
        page = reports.render("html", run_dir)
        rendered_s = time.perf_counter() - began
        mib = page.stat().st_size / 2**20
        opened_s = [*opened(page)]
    what = f"report.html of an hour, {INTENTS:,} orders, {MANY:,} findings"
    return [
        row(f"{what}: open in Chromium, s, median of {TIMES}", opened_s, MOST_S),
        {
            "what": f"{what}: size, MiB",
            "observed": round(mib, 2),
            "target": f"below {MOST_MIB:g}",
            "met": mib < MOST_MIB,
        },
        {"what": f"{what}: rendered, s", "observed": round(rendered_s, 1)},
    ]


def row(what, opened_s, most_s):
    if not opened_s:
        return {"what": what, "observed": "there is no Chromium", "target": f"below {most_s:g}"}
    median_s = statistics.median(opened_s)
    return {
        "what": what,
        "observed": round(median_s, 2),
        "target": f"below {most_s:g}",
        "met": median_s < most_s,
    }


def opened(page):
    """Yield the seconds from asking for the page to its first complete picture, new each time."""
    if browsers.CHROMIUM is None:
        return
    with browsers.chromium() as browser:
        for _ in range(TIMES):
            began = time.perf_counter()
            found = browsers.Opened(browser, page)
            found.page.evaluate(PAINTED)
            yield time.perf_counter() - began
            found.close()
