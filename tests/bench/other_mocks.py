"""The same order-create exchange at mountebank and WireMock, where they are installed, beside one of our processes.

    RECHARGE_CHAOS_MB=.../node_modules/.bin/mb RECHARGE_CHAOS_WIREMOCK=.../wiremock-standalone-3.13.2.jar \
        python -m tests.bench other_mocks

Both are also found as `mb` and as `wiremock` on the path. Each matches method, path and one field of the form and
answers a fixed text: no signature, no books, no journal, no strikes, and nothing kept of what was asked. Counted by
CPU-second of the whole process, since both use more than one thread. WireMock is warmed up for 25 s before.
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import uvloop

from harness.core.clock import tick_s
from tests.bench import mock_creates
from tests.bench.bare_server import BODY

REQUESTS = 40_000
WARM_S, READY_S = 25.0, 60.0
TARGETS = {"mountebank": 5.0, "WireMock": 3.0}
Started = Iterator[tuple["subprocess.Popen[bytes]", int]]


class _Patient(asyncio.Protocol):
    """Sends the next request once the last is answered whole: these servers may send an answer in parts."""

    def __init__(self, requests: Iterator[bytes], done: "asyncio.Future[None]") -> None:
        self._requests, self._done, self._heard = requests, done, b""
        self.answered = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is not None:
            self._transport.write(request)
        elif not self._done.done():
            self._done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("closed before the last answer"))

    def data_received(self, data: bytes) -> None:
        self._heard += data
        end = b"\r\n0\r\n\r\n" if b"chunked" in self._heard else b"}"
        if BODY in self._heard and self._heard.endswith(end):
            assert self._heard.startswith(b"HTTP/1.1 200"), self._heard
            self.answered += 1
            self._heard = b""
            self._next()


async def _drive(port: int, requests: Iterator[bytes]) -> int:
    loop = asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(mock_creates.CONNECTIONS)]

    def stay_awake() -> None:
        """Never sleep, as the client of our own mock does not: none of the servers pays for waking its client."""
        if not all(future.done() for future in done):
            loop.call_soon(stay_awake)

    stay_awake()
    make = [partial(_Patient, requests, one) for one in done]
    ends = [await loop.create_connection(one, "127.0.0.1", port) for one in make]
    await asyncio.gather(*done)
    return sum(client.answered for _, client in ends)


def _for_s(requests: list[bytes], span_s: float) -> Iterator[bytes]:
    end_s, at = tick_s() + span_s, 0
    while tick_s() < end_s:
        yield requests[at % len(requests)]
        at += 1


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _post(url: str, said: dict[str, Any]) -> None:
    """Configure a server once it listens."""
    head = {"Content-Type": "application/json"}
    request = Request(url, json.dumps(said).encode(), head)
    end_s = tick_s() + READY_S
    while True:
        try:
            with urlopen(request, timeout=5) as heard:
                assert heard.status == 201, heard.status
                return
        except URLError as error:
            if isinstance(error, HTTPError) or tick_s() > end_s:
                raise


@contextmanager
def _running(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    quiet = subprocess.DEVNULL
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=quiet, stderr=quiet, cwd=folder) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def _mountebank(path: str) -> Started:
    port, admin = _free_port(), _free_port()
    quiet = ["--nologfile", "--loglevel", "error"]
    with _running([path, "start", "--localOnly", "--port", str(admin), *quiet]) as process:
        asked = [
            {"equals": {"method": "POST", "path": "/mapi.php"}},
            {"contains": {"body": "out_trade_no=B"}},
        ]
        head = {
            "Content-Type": "application/json",
            "Content-Length": len(BODY),
            "Connection": "keep-alive",  # else it closes after each answer
        }
        said = [{"is": {"statusCode": 200, "headers": head, "body": BODY.decode()}}]
        stub = {"predicates": asked, "responses": said}
        imposter = {"port": port, "protocol": "http", "host": "127.0.0.1", "stubs": [stub]}
        _post(f"http://127.0.0.1:{admin}/imposters", imposter)
        yield process, port


@contextmanager
def _wiremock(path: str) -> Started:
    port = _free_port()
    command = ["java", "-jar", path] if path.endswith(".jar") else [path]
    quiet = ["--bind-address", "127.0.0.1", "--no-request-journal", "--disable-banner"]
    with _running([*command, "--port", str(port), *quiet]) as process:
        body = [{"contains": "out_trade_no=B"}]
        asked = {"method": "POST", "urlPath": "/mapi.php", "bodyPatterns": body}
        head = {"Content-Type": "application/json"}
        said = {"status": 200, "headers": head, "body": BODY.decode()}
        url = f"http://127.0.0.1:{port}/__admin/mappings"
        _post(url, {"request": asked, "response": said})
        yield process, port


Starts = Callable[[str], Any]
OTHERS: dict[str, tuple[str, str, Starts, float]] = {
    "mountebank": ("RECHARGE_CHAOS_MB", "mb", _mountebank, 5.0),
    "WireMock": ("RECHARGE_CHAOS_WIREMOCK", "wiremock", _wiremock, WARM_S),
}


def _other(name: str, requests: list[bytes], ours_per_cpu_s: int) -> dict[str, Any]:
    variable, command, start, warm_s = OTHERS[name]
    path = os.environ.get(variable) or shutil.which(command)
    if path is None or not Path(path).exists():
        return {"what": name, "measured": f"skipped: no `{command}` on the path and no {variable}"}
    with start(path) as (process, port):
        uvloop.run(_drive(port, _for_s(requests, warm_s)))
        before_s, begin_s = mock_creates.cpu_of(process.pid), tick_s()
        answered = uvloop.run(_drive(port, iter(requests[:REQUESTS])))
        took_s, cpu_s = tick_s() - begin_s, mock_creates.cpu_of(process.pid) - before_s
    assert answered == REQUESTS
    ratio, target = ours_per_cpu_s * cpu_s / answered, TARGETS[name]
    return {
        "what": f"{name}, fixed answer, warmed up for {warm_s:g} s",
        "per_s": round(answered / took_s),
        "per_cpu_s": round(answered / cpu_s),
        "ours is": f"{ratio:.1f} times that",
        "target": f"at least {target:g} times",
        "met": ratio >= target,
    }


def run() -> list[dict[str, Any]]:
    """Send the same creates to our mock and to the others that there are."""
    creates = [mock_creates.request(number) for number in range(mock_creates.REQUESTS)]
    ours = mock_creates.mock(creates)
    rows = [{"what": "epay create: MD5, books, strikes and journal on"} | ours]
    return rows + [_other(name, creates, ours["per_cpu_s"]) for name in OTHERS]


if __name__ == "__main__":
    for row in run():
        print("  ".join(f"{name} {value}" for name, value in row.items()))
