"""The page's server: a few GETs on loopback, for nobody but a browser or a scraper on this machine.

    /            the page                 /events    the state, as server-sent events
    /state       the state, as JSON       /metrics   Prometheus text; /metrics/gateways the mocks' own

A request must name this address as its Host: a name of somebody else's that leads here (DNS rebinding) is refused, and
no answer may be read by another origin.
"""

import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from harness.core.clock import tick_s
from harness.core.plan import Plan
from harness.live import metrics
from harness.live.news import News

HOST = "127.0.0.1"
MOST_READERS = 16
"""Connections at a time; more are turned away, so that a forgotten tab cannot cost a run anything."""
EVENT_WITHIN_S = 5.0
SOCKET_S = 10.0
JSON, HTML = "application/json", "text/html; charset=utf-8"
Mocks = Mapping[str, Mapping[str, str]]
"""Control URL and token of each mock process, by name."""


class Server(ThreadingHTTPServer):
    """Serves one run's news."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, port: int, *, plan: Plan, news: News, page: bytes, csp: str, mocks: Mocks
    ) -> None:
        super().__init__((HOST, port), Handler)
        self.plan, self.news, self.page, self.csp, self.mocks = plan, news, page, csp, mocks
        self._room = threading.BoundedSemaphore(MOST_READERS)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.server_port}/"

    @property
    def names(self) -> frozenset[str]:
        """The only names under which this server knows itself."""
        return frozenset(f"{name}:{self.server_port}" for name in (HOST, "localhost"))

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection, if there is room for another."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of readers who went away; all else is a mistake of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def last_words(self, within_s: float) -> None:
        """Let everybody who listens hear the end, for so long at most."""
        deadline_s = tick_s() + within_s
        for _ in range(MOST_READERS):
            self._room.acquire(timeout=max(0.0, deadline_s - tick_s()))


class Handler(BaseHTTPRequestHandler):
    """One connection, one request."""

    server: Server
    timeout = SOCKET_S
    server_version = "recharge-chaos"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer a request that names us as its host, and comes from no other page."""
        if self.headers.get("Host", "").lower() not in self.server.names:
            self._answer(b"this is no host of that name\n", "text/plain", status=421)
            return
        answers: dict[str, Callable[[], None]] = {
            "/": lambda: self._answer(self.server.page, HTML),
            "/state": lambda: self._answer(msgspec.json.encode(self._state()), JSON),
            "/events": self._events,
            "/metrics": self._metrics,
        }
        path = urlsplit(self.path).path
        name = path.removeprefix("/metrics/")
        if path in answers:
            answers[path]()
        elif name in self.server.mocks:
            self._forwarded(self.server.mocks[name])
        else:
            self._answer(b"there is nothing here\n", "text/plain", status=404)

    def _events(self) -> None:
        """Send the state whenever it is new, until the run is over or the reader goes."""
        self._head(200, "text/event-stream", None)
        number = 0
        while True:
            number, state = self.server.news.wait(number, EVENT_WITHIN_S)
            self.wfile.write(b"data: " + msgspec.json.encode(state) + b"\n\n")
            self.wfile.flush()
            if state["over"]:
                return

    def _metrics(self) -> None:
        told = metrics.text(self.server.plan, self._state())
        self._answer(told.encode(), metrics.TYPE)

    def _state(self) -> dict[str, Any]:
        return self.server.news.wait(0, 0)[1]

    def _forwarded(self, mock: Mapping[str, str]) -> None:
        """Hand on a mock process's own metrics, which it tells only to those who know its token."""
        headers = {"Authorization": f"Bearer {mock['token']}"}
        try:
            told = httpx.get(
                f"{mock['control']}/metrics", headers=headers, trust_env=False, timeout=5
            )
        except httpx.HTTPError as error:
            self._answer(f"{error}\n".encode(), "text/plain", status=502)
        else:
            self._answer(told.content, metrics.TYPE, status=told.status_code)

    def _answer(self, body: bytes, kind: str, *, status: int = 200) -> None:
        self._head(status, kind, len(body))
        self.wfile.write(body)

    def _head(self, status: int, kind: str, length: int | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", self.server.csp)
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class says so
        """Keep no log of who looked."""
