"""How many epay creates one mock process takes: signed forms, books, strikes and journal on.

    python -m tests.bench.mock_creates

The client prepares every request beforehand and keeps 32 connections busy with one request each. Asked for are 30,000
creates a second of one core. The yardstick is a server that parses the same requests and answers a fixed body: on the
machine where 30,000 were first asked for it did 116,000, of which they are 0.26.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import uvloop

from harness.core.clock import tick_s
from harness.core.identity import tail_of
from mock_upstreams import fast_lane
from mock_upstreams.signing import epay_md5
from tests.bench.child import started

REQUESTS = 120_000
CONNECTIONS = 32
TARGET_PER_S = 30_000
TARGET = 0.26
SEED = 7
KEY = "TESTKEY0123456789"
STRIKES: list[dict[str, Any]] = [
    {"id": "lost", "leg": "reply", "ops": ["create"], "fault": {"kind": "status", "code": "busy"}},
    {"id": "late", "leg": "request", "ops": ["create"], "fault": {"kind": "delay", "by": "1s"}},
    {"id": "twice", "leg": "notify", "ops": ["pay"], "fault": {"kind": "duplicate", "copies": 3}},
]


def config_in(folder: Path) -> Path:
    strikes = [{**s, "upstreams": ["epay"], "share": 0.01} for s in STRIKES]
    config = {
        "run": "bench",
        "recorder": "gateways",
        "journal": str(folder / "gateways.ndjson"),
        "seed": SEED,
        "time_scale": 60,
        "intents": REQUESTS,
        "arrivals_ms": [float(i) for i in range(REQUESTS)],
        "token": "bench-token",
        "upstreams": {"epay": {"key": KEY}},
        "strikes": strikes,
    }
    path = folder / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def request(number: int) -> bytes:
    fields = {
        "pid": "1001",
        "type": "alipay",
        "out_trade_no": f"B20261122{number:08d}",
        "notify_url": "http://127.0.0.1:9/notify/epay",
        "return_url": "http://127.0.0.1:9/return",
        "name": f"话费50元 138{tail_of(SEED, number)}",
        "money": "49.90",
        "clientip": "127.0.0.1",
    }
    fields |= {"sign": epay_md5(fields, KEY), "sign_type": "MD5"}
    body = urlencode(fields)
    head = "POST /mapi.php HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


class _Client(asyncio.Protocol):
    """Sends the next request once the last is answered."""

    def __init__(self, requests: list[bytes], done: "asyncio.Future[None]") -> None:
        self._requests = requests
        self._done = done
        self.answered = 0
        self.codes = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._requests.pop())

    def data_received(self, data: bytes) -> None:
        self.answered += 1
        self.codes += b'"code":1,' in data
        if self._requests:
            self._transport.write(self._requests.pop())
        elif not self._done.done():
            self._done.set_result(None)


async def drive(
    host: str, port: int, requests: list[bytes], *, awake: bool = True
) -> tuple[float, int, int]:
    loop = asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(CONNECTIONS)]
    clients = []
    begin_s = tick_s()

    def stay_awake() -> None:
        """Never sleep: a server that is waited for would pay for waking its client at every answer."""
        if not all(future.done() for future in done):
            loop.call_soon(stay_awake)

    if awake:
        stay_awake()
    for future in done:
        _, client = await loop.create_connection(partial(_Client, requests, future), host, port)
        clients.append(client)
    await asyncio.gather(*done)
    return tick_s() - begin_s, sum(c.answered for c in clients), sum(c.codes for c in clients)


def cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _measure(process: "subprocess.Popen[bytes]", url: str, requests: list[bytes]) -> dict[str, Any]:
    place = urlsplit(url)
    before_s = cpu_of(process.pid)
    count = len(requests)
    waiting = list(requests)
    took_s, answered, created = uvloop.run(drive(str(place.hostname), place.port or 0, waiting))
    cpu_s = cpu_of(process.pid) - before_s
    assert answered == count
    return {
        "code_1": created,
        "per_s": round(answered / took_s),
        "per_cpu_s": round(answered / cpu_s),
    }


def run() -> list[dict[str, Any]]:
    """Send the same creates to a bare server, a mock process, and a bare server again; count by CPU-second."""
    creates = [request(number) for number in range(REQUESTS)]
    before, ours, after = _bare(creates), mock(creates), _bare(creates)
    bare_per_cpu_s = 2 / (1 / before["per_cpu_s"] + 1 / after["per_cpu_s"])
    ratio = ours["per_cpu_s"] / bare_per_cpu_s
    yardstick = "bare asyncio.Protocol, fixed answer"
    return [
        {"what": f"{yardstick}, before"} | before,
        {"what": "epay create: MD5, books, strikes and journal on"}
        | ours
        | {
            "target": f"at least {TARGET_PER_S:,} of one core",
            "met": ours["per_cpu_s"] >= TARGET_PER_S,
        },
        {"what": f"{yardstick}, after"} | after,
        {
            "what": "the mock beside the bare server",
            "ratio": round(ratio, 2),
            "target": f"at least {TARGET:.2f}",
            "met": ratio >= TARGET,
        },
    ]


def _bare(requests: list[bytes]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.bare_server"]
    with started(command) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        return _measure(process, f"http://127.0.0.1:{port}", requests)


def mock(requests: list[bytes]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "mock_upstreams", "--config", str(config_in(Path(name)))]
        with started(command) as process:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["upstreams"]["epay"]["url"]
            row = _measure(process, url, requests)
        lines = sum(1 for _ in (Path(name) / "gateways.ndjson").open("rb"))
    assert lines == REQUESTS + 2, "one row a create, one to open, one to close"
    return row | {"compiled way": fast_lane.is_open()}


if __name__ == "__main__":
    for row in run():
        print("  ".join(f"{name} {value}" for name, value in row.items()))
