"""What a link costs when its weather is good: requests through one proxy process, beside the same ones without.

    python -m tests.bench.proxy_overhead

The server is the bare yardstick. Asked for: at most 0.3 ms more at the median of one connection, one request at a time,
and at least 10,000 requests a second through one proxy process, counted by its own CPU-second.
"""

import asyncio
import json
import secrets
import statistics
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import uvloop

from harness.core.clock import tick_s
from tests.bench.child import started
from tests.bench.mock_creates import _cpu_s

ALONE, TOGETHER, CONNECTIONS = 3_000, 60_000, 32
REQUEST = b"POST /create HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 35\r\n\r\n" + b"x" * 35


class _Client(asyncio.Protocol):
    """Sends the next request once the last is answered, and notes how long it took."""

    def __init__(self, count: int, took_s: list[float], done: "asyncio.Future[None]") -> None:
        self._left = count
        self._took_s = took_s
        self._done = done

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._sent_s = tick_s()
        self._transport.write(REQUEST)

    def data_received(self, _: bytes) -> None:
        self._took_s.append(tick_s() - self._sent_s)
        self._left -= 1
        if self._left:
            self._send()
        elif not self._done.done():
            self._done.set_result(None)


async def _drive(port: int, count: int, connections: int) -> list[float]:
    loop = asyncio.get_running_loop()
    took_s: list[float] = []
    done = [loop.create_future() for _ in range(connections)]
    for future in done:
        make = partial(_Client, count // connections, took_s, future)
        await loop.create_connection(make, "127.0.0.1", port)
    await asyncio.gather(*done)
    return took_s


def _median_ms(port: int) -> float:
    return statistics.median(uvloop.run(_drive(port, ALONE, 1))) * 1_000


def run() -> list[dict[str, Any]]:
    """Return the median with and without the link, and how much one proxy process passes."""
    with tempfile.TemporaryDirectory() as name:
        config = {
            "run": "bench",
            "journal": f"{name}/network.ndjson",
            "seed": 1,
            "token": secrets.token_urlsafe(12),
            "links": {"bench": 0},
        }
        path = Path(name) / "config.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        bare = [sys.executable, "-m", "tests.bench.bare_server"]
        proxy = [sys.executable, "-m", "harness.nemesis.network", "--config", str(path)]
        with (
            started(bare) as server,
            started(proxy) as network,
        ):
            assert server.stdout is not None
            assert network.stdout is not None
            port = int(server.stdout.readline())
            told = json.loads(network.stdout.readline())
            _lead(told, port)
            return _measured(network.pid, port, told["links"]["bench"])


def _lead(told: dict[str, Any], port: int) -> None:
    headers = {"Authorization": f"Bearer {told['token']}"}
    place = {"bench": f"127.0.0.1:{port}"}
    httpx.post(f"{told['control']}/control/links", json=place, headers=headers).raise_for_status()


def _measured(pid: int, direct: int, through: int) -> list[dict[str, Any]]:
    pairs = [(_median_ms(direct), _median_ms(through)) for _ in range(3)]
    added_ms = statistics.median(b - a for a, b in pairs)
    before_s = _cpu_s(pid)
    uvloop.run(_drive(through, TOGETHER, CONNECTIONS))
    per_cpu_s = TOGETHER / (_cpu_s(pid) - before_s)
    return [
        {
            "what": "a link in good weather: added at the median",
            "direct_ms": round(statistics.median(a for a, _ in pairs), 3),
            "added_ms": round(added_ms, 3),
            "target": "at most 0.3 ms",
            "met": added_ms <= 0.3,
        },
        {
            "what": "one proxy process",
            "per_cpu_s": round(per_cpu_s),
            "target": "at least 10,000 requests per CPU-second",
            "met": per_cpu_s >= 10_000,
        },
    ]


if __name__ == "__main__":
    for row in run():
        print("  ".join(f"{name} {value}" for name, value in row.items()))
