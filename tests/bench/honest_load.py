"""One stall of 2 s under 200 arrivals a second: what the customers felt, and what a closed model says.

    python -m tests.bench.honest_load

Of 2,400 arrivals in 12 s, 400 meet the stall and wait 2 s to 0 s, evenly; so 5 % of all wait longer than 1.40 s.
"""

import json
import tempfile
from pathlib import Path

from harness.core import journal
from tests.traffic.support import locust, platform, say_go, wait_for, write_job

RATE, SPAN_S, STALL_AT_S, STALL_FOR_S = 200, 12, 5, 2
TRUE_P95_S = 1.40
STALL = ("--stall-at", str(STALL_AT_S), "--stall-for", str(STALL_FOR_S))
PERSONAS = str(Path(__file__).parent / "personas")


def run():
    rows = []
    for who, p95_s in (("open model, ours", ours()), ("closed model, plain Locust", plain())):
        error = abs(p95_s / TRUE_P95_S - 1)
        rows.append(
            {
                "what": f"p95 of a 2 s stall, {who}",
                "p95_s": round(p95_s, 3),
                "error": round(error, 3),
            }
        )
    rows[0]["target"] = f"within 5 % of {TRUE_P95_S:.2f} s"
    rows[0]["met"] = rows[0]["error"] <= 0.05
    return rows


def ours():
    """Return the p95 of the first placing in the journal of one real worker."""
    with tempfile.TemporaryDirectory() as name, platform(*STALL) as place:
        folder = Path(name)
        traffic = {
            "arrivals": {"shape": "steady", "rate": f"{RATE}/s", "for": f"{SPAN_S}s"},
            "personas": {"prober": 1},
            "persona_folder": PERSONAS,
        }
        job = write_job(folder, place, traffic)
        process = locust(job, "--headless", "--only-summary")
        wait_for(folder / "private" / "ready-0", process)
        say_go(folder / "private" / "go")
        process.communicate(timeout=60)
        events = journal.read(folder / "journals" / "traffic-0.ndjson")
    took_s = [event.took_us / 1e6 for event in events if event.kind == "place"]
    assert len(took_s) == RATE * SPAN_S
    return percentile(took_s, 0.95)


def plain():
    """Return the p95 that Locust's own statistics give at the same rate."""
    with platform(*STALL) as place:
        users = ("-u", "20", "-r", "20", "--run-time", f"{SPAN_S}s", "--host", place["url"])
        process = locust(
            "",
            "--headless",
            "--json",
            "--loglevel",
            "ERROR",
            *users,
            locustfile="tests/bench/locustfiles/closed.py",
        )
        output = process.communicate(timeout=60)[0]
    (stats,), _ = json.JSONDecoder().raw_decode(output[output.index("[") :])
    took_ms = [float(ms) for ms, times in stats["response_times"].items() for _ in range(times)]
    return percentile(took_ms, 0.95) / 1e3


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


def main():
    for row in run():
        print("   ".join(f"{key}: {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
