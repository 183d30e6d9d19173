"""How many orders each dialect takes from one process: creates at gateways, submits at operators.

    python -m tests.bench dialect_creates

Each is asked as its own clients ask, with books, strikes and journal on, over 32 connections. Every request is signed
beforehand. What is counted is the rows of good orders in the journal, by CPU-second of the whole process.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop

from harness.core.identity import tail_of
from mock_upstreams import fast_lane
from mock_upstreams.catalogue import dialects
from mock_upstreams.dialect import Request
from tests.bench import mock_creates
from tests.bench.child import started

sys.path.insert(0, str(Path(__file__).parents[1] / "dialects"))  # the clients name each other so
from callers import CALLERS, PRODUCTS, Order

REQUESTS = 20_000
SUPPLY = {
    "products": PRODUCTS,
    "balance_fen": 10**12,
    # Goods that come after all has been asked for: what is measured is the asking.
    "service": {"median_ms": 86_400_000.0, "p95_ms": 90_000_000.0},
}


def run() -> list[dict[str, Any]]:
    """Measure one dialect after the other."""
    rows = [_measure(name) for name in CALLERS]
    return sorted(rows, key=lambda row: -row["per_cpu_s"])


def _measure(name: str) -> dict[str, Any]:
    op = "create" if dialects()[name].side == "gateway" else "submit"
    with tempfile.TemporaryDirectory() as folder:
        path = _config(Path(folder), name, op)
        command = [sys.executable, "-m", "mock_upstreams", "--config", str(path)]
        with started(command) as process:
            assert process.stdout is not None
            card = json.loads(process.stdout.readline())["upstreams"][name]
            requests = _requests(name, op, card)
            place = urlsplit(card["url"])
            before_s = mock_creates.cpu_of(process.pid)
            driving = mock_creates.drive(str(place.hostname), place.port or 0, requests)
            _, answered, _ = uvloop.run(driving)
            cpu_s = mock_creates.cpu_of(process.pid) - before_s
        rows = (Path(folder) / "gateways.ndjson").read_bytes().splitlines()
    good = sum(f'"kind":"{op}"'.encode() in row and b'"outcome":"ok"' in row for row in rows)
    # One in a hundred is struck.
    assert answered == REQUESTS >= good > REQUESTS * 0.95, (name, answered, good)
    return {
        "dialect": name,
        "op": op,
        "per_cpu_s": round(good / cpu_s),
        "us": round(cpu_s / good * 1e6, 1),
        "way": "compiled" if name == "epay" and fast_lane.is_open() else "usual",
    }


def _config(folder: Path, name: str, op: str) -> Path:
    path = mock_creates.config_in(folder)
    config = json.loads(path.read_bytes())
    terms = {} if op == "create" else SUPPLY
    strikes = [s for s in config["strikes"] if s["leg"] == "reply"]
    strikes = [{**s, "upstreams": [name], "ops": [op]} for s in strikes]
    path.write_text(json.dumps(config | {"upstreams": {name: terms}, "strikes": strikes}))
    return path


def _requests(name: str, op: str, card: dict[str, Any]) -> list[bytes]:
    ask = getattr(CALLERS[name](card), op)
    seed = mock_creates.SEED
    orders = (
        Order(f"B20261122{at:08d}", "http://127.0.0.1:9/notify", f"138{tail_of(seed, at)}")
        for at in range(REQUESTS)
    )
    return [_bytes(ask(order)) for order in orders]


def _bytes(request: Request) -> bytes:
    """Return a request as it goes over the wire; a form unless its client says what it is."""
    headers = {b"content-type": b"application/x-www-form-urlencoded"}
    headers |= {name.lower(): value for name, value in request.raw_headers}
    headers |= {b"host": b"127.0.0.1", b"content-length": b"%d" % len(request.body)}
    head = b"".join(b"%b: %b\r\n" % pair for pair in headers.items())
    return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (
        request.method.encode(),
        request.target.encode(),
        head,
        request.body,
    )


if __name__ == "__main__":
    for row in run():
        print("  ".join(f"{name} {value}" for name, value in row.items()))
