"""Requests per CPU second of a Locust worker: ours with schedule, adapter and journal, against a bare FastHttpUser.

    python -m tests.bench.locust_overhead

Both make the same six requests an order (place, pay, four looks) against the same fast server. CPU time is the worker
process's own between two samples in the middle of the load; requests are those that the server counted.
"""

import statistics
import tempfile
from pathlib import Path

import httpx
import psutil

from harness.core.clock import tick_s
from tests.traffic.support import locust, platform, say_go, wait_for, wait_until, write_job

ORDERS_PER_S, SPAN_S = 400, 7
SKIP_S, MEASURE_S = 1.5, 4.0
PERSONAS = str(Path(__file__).parent / "personas")
ROUNDS = 2


def run():
    ours_per_s, bare_per_s = [], []
    for _ in range(ROUNDS):
        bare_per_s.append(bare())
        ours_per_s.append(ours())
    ratio = statistics.median(ours_per_s) / statistics.median(bare_per_s)
    return [
        {
            "what": "requests per CPU second, bare FastHttpUser",
            "per_cpu_s": round(statistics.median(bare_per_s)),
        },
        {
            "what": "requests per CPU second, our worker with its journal",
            "per_cpu_s": round(statistics.median(ours_per_s)),
            "ratio": round(ratio, 2),
            "target": "at least 0.90 of bare",
            "met": ratio >= 0.9,
        },
    ]


def ours():
    with tempfile.TemporaryDirectory() as name, platform() as place:
        folder = Path(name)
        traffic = {
            "arrivals": {"shape": "steady", "rate": f"{ORDERS_PER_S}/s", "for": f"{SPAN_S}s"},
            "personas": {"shopper": 1},
            "persona_folder": PERSONAS,
        }
        job = write_job(folder, place, traffic)
        process = locust(job, "--headless", "--only-summary")
        wait_for(folder / "private" / "ready-0", process)
        say_go(folder / "private" / "go")
        return measured(process, place)


def bare():
    with platform() as place:
        users = ("-u", "20", "-r", "20", "--run-time", f"{SPAN_S}s", "--host", place["url"])
        process = locust(
            "", "--headless", "--only-summary", *users, locustfile="tests/bench/locustfiles/bare.py"
        )
        return measured(process, place)


def measured(process, place):
    """Return requests a CPU second between two moments of the load; wait for the process to end."""
    watched = psutil.Process(process.pid)
    wait_until(lambda: served(place) > 100, process)
    sample(watched, place, SKIP_S)
    before = sample(watched, place, 0.0)
    after = sample(watched, place, MEASURE_S)
    process.communicate(timeout=60)
    return (after[0] - before[0]) / (after[1] - before[1])


def sample(watched, place, after_s):
    deadline_s = tick_s() + after_s
    wait_until(lambda: tick_s() >= deadline_s)
    times = watched.cpu_times()
    return served(place), times.user + times.system


def served(place):
    return httpx.get(f"{place['url']}/seen", trust_env=False).json()["served"]


def main():
    for row in run():
        print("   ".join(f"{key}: {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
