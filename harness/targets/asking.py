"""Asks the platform in a customer's name, one call at a time, over a plain blocking connection.

with asker.session(7) as session:           logged in anew, as they would in a dispute
answer = session.ask("status", {"order_no": no})
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from time import sleep as pause
from typing import Any
from urllib.parse import urlsplit

from harness.targets._answer import Answer
from harness.targets._spoken import Call
from harness.targets.adapter import Adapter
from harness.targets.connecting import ANSWER_S, Pinned, PinnedTls, Reply

TRIES = 4
PAUSE_S = 0.5


class Session:
    """One customer's connection; `scope` is what all of his calls may ask for."""

    def __init__(self, asker: "Asker", connection: HTTPConnection, scope: dict[str, Any]) -> None:
        self._asker = asker
        self._connection = connection
        self.scope = scope

    def ask(self, name: str, scope: Mapping[str, Any]) -> Answer:
        """Ask until there is an answer that says something, a few times at most; `scope` beside the session's own."""
        answer = self.once(name, {**self.scope, **scope})
        for _ in range(TRIES - 1):
            if answer.outcome != "unknown":
                break
            pause(PAUSE_S)
            answer = self.once(name, {**self.scope, **scope})
        return answer

    def once(self, name: str, scope: Mapping[str, Any]) -> Answer:
        """Ask once, with exactly this scope."""
        return self._asker.once(self._connection, name, scope)


class Asker:
    """Speaks for customers, by number, through the target's own API; used from several threads."""

    def __init__(
        self,
        adapter: Adapter,
        base_url: str,
        customer_of: Callable[[int], Mapping[str, str]],
        pins: Mapping[str, str] | None = None,
    ) -> None:
        """Take who speaks, for whom, and addresses of hosts that are not to be resolved again."""
        self.adapter = adapter
        self._base_url = urlsplit(base_url)
        self._customer_of = customer_of
        self._pins = pins or {}

    @contextmanager
    def session(self, number: int, *, logs_in: bool = True, **more: Any) -> Iterator[Session]:
        """Open a connection for a customer and log him in, where the platform knows how."""
        customer = self.adapter.person(number, self._customer_of(number))
        scope: dict[str, Any] = {"customer": customer, "token": "", "cookies": {}, **more}
        with closing(self._connect(customer.get("address", ""))) as connection:
            session = Session(self, connection, scope)
            if logs_in and self.adapter.has("login"):
                scope |= session.ask("login", {}).values
            yield session

    def _connect(self, source: str) -> HTTPConnection:
        host, port = self._base_url.hostname or "", self._base_url.port
        kind = PinnedTls if self._base_url.scheme == "https" else Pinned
        made = kind(host, port, timeout=ANSWER_S)
        made.address, made.source = self._pins.get(host, host), source
        return made

    def once(self, connection: HTTPConnection, name: str, scope: Mapping[str, Any]) -> Answer:
        """Make one call; what is lost on the way is an answer, too."""
        flow = self.adapter.flow(name, scope)
        call = next(flow)
        lost = ""
        while True:
            came: Reply | bool = True
            try:
                came = self._reply(connection, call)
            except (OSError, HTTPException) as error:
                connection.close()
                lost = type(error).__name__
            try:
                call = flow.send(came)
            except StopIteration as end:
                answer: Answer = end.value
                answer.reason = lost or answer.reason
                return answer

    def _reply(self, connection: HTTPConnection, call: Call) -> Reply:
        path = f"{self._base_url.path.rstrip('/')}{call.path}"
        connection.request(call.method, path, call.body or None, call.headers)
        came = connection.getresponse()
        body = came.read()
        headers: dict[str, str] = {}
        for name, text in came.getheaders():
            key = name.lower()
            again = key == "set-cookie" and key in headers
            headers[key] = f"{headers[key]}\n{text}" if again else text
        return Reply(came.status, headers, body)
