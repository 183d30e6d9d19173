"""The harness's own figures, each beside its target or a yardstick measured in the same run: `make bench`.

python -m tests.bench [NAME ...] [--write docs/benchmarks.md]
"""

import argparse
import importlib
import os
import platform
from pathlib import Path

BENCHES = {
    "honest_load": "Honest load",
    "locust_overhead": "Requests per core",
    "same_intents": "The same intents",
    "mock_creates": "Mock throughput, MD5",
    "dialect_creates": "Mock throughput, every dialect",
    "other_mocks": "Beside other mock servers",
    "wechat_signing": "Mock throughput, RSA",
    "proxy_overhead": "The network",
    "callbacks": "Callbacks",
    "whole_run": "A whole run",
    "checker": "The checker",
    "report_page": "The report's page",
}
COMMAND = "make bench"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--write", type=Path, help="write the tables into this file as well")
    wanted = parser.parse_args()
    parts = [head()]
    for name in wanted.names or BENCHES:
        rows = importlib.import_module(f"tests.bench.{name}").run()
        part = f"## {BENCHES[name]}\n\n{table(rows)}"
        print(part, flush=True)
        parts.append(part)
    if wanted.write:
        wanted.write.write_text("\n".join(parts), encoding="utf-8")


def head():
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    cores = len(os.sched_getaffinity(0))
    return (
        "# Benchmarks\n\n"
        f"Made by `{COMMAND}` on {cores} cores of {cpu}, Python {platform.python_version()}. Single runs on a shared"
        " machine: read the ratios, not the absolute figures.\n"
    )


def table(rows):
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(cell(row.get(c)) for c in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "**no**"
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main()
