"""150 orders a second, end to end, for a minute: every party, every ledger, all laws.

python -m tests.bench.whole_run
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

SCENARIO = Path(__file__).parent / "sustained.yaml"
RATE, LATENESS_MS, VERDICT_S = 150, 50, 10


def run():
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "harness", "run", str(SCENARIO), "--out", name]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        (folder,) = Path(name).glob("sustained/2*")
        told = msgspec.json.decode((folder / "verdict.json").read_bytes())
        judged_s = (folder / "verdict.json").stat().st_mtime - audit_end_s(folder)
        load, delivered = told["load"], told["latency"]["delivered"]["p95"]
    return [
        {
            "what": "verdict of the run",
            "observed": told["verdict"],
            "target": "PASS",
            "met": told["verdict"] == "PASS",
        },
        {
            "what": "orders a second, end to end, sustained for 60 s",
            "observed": load["achieved_per_s"],
            "target": f"at least {RATE}",
            "met": load["achieved_per_s"] >= RATE * 0.99
            and told["counts"]["delivered"] == load["intents"],
        },
        {
            "what": "driver lateness p99, ms",
            "observed": load["lateness_p99_ms"],
            "target": f"below {LATENESS_MS}",
            "met": load["lateness_p99_ms"] < LATENESS_MS,
        },
        {
            "what": "from the audit's end to the verdict, s",
            "observed": round(judged_s, 1),
            "target": f"within {VERDICT_S}",
            "met": judged_s <= VERDICT_S,
        },
        {
            "what": "intended start to delivered, p95, real s",
            "observed": round(delivered / 60_000, 2),
        },
    ]


def audit_end_s(folder):
    lines = (folder / "journals" / "supervisor.ndjson").read_bytes().splitlines()
    rows = (msgspec.json.decode(line) for line in lines)
    return next(r["time_ns"] for r in rows if r.get("state") == "check") / 1e9


if __name__ == "__main__":
    for row in run():
        print(row)
