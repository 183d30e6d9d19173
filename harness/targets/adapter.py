"""Speaks a target's own API from its description, without doing any I/O.

    call = adapter.call("place", scope)         what to send
    answer = adapter.read("place", 200, headers, body)    what it meant: ok, fail or unknown, and the values taken

Whoever has a connection (the Locust file, the audit) sends the call. An answer is `ok` when it surely took
effect, `fail` when it surely did not, and `unknown` when it may have: no answer, a 5xx, an answer that cannot be read.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import urlencode

import jmespath
import msgspec

from harness.core.units import fen_from_yuan
from harness.targets.target import Exchange, Target
from harness.targets.template import Scope, compiled

Outcome = Literal["ok", "fail", "unknown"]


class Call(msgspec.Struct):
    """One request, ready to send; `path` includes the query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(msgspec.Struct):
    """What an answer meant. Values: token, order_no, amount_fen, pay_url, state (ours), cards."""

    outcome: Outcome
    values: dict[str, Any] = {}
    http_status: int = 0
    reason: str = ""


class _Spoken:
    """One exchange, compiled."""

    def __init__(self, exchange: Exchange, session: Mapping[str, str]) -> None:
        self.method = "GET" if exchange.get else "POST" if exchange.post else "PUT"
        self._path = compiled(exchange.get or exchange.post or exchange.put)
        self._query = compiled(exchange.query) if exchange.query else None
        self._headers = compiled({**session, **exchange.headers})
        self._json = compiled(exchange.json) if exchange.json is not None else None
        self._form = compiled(exchange.form) if exchange.form is not None else None
        self.take = {name: _taker(path) for name, path in exchange.take.items()}

    def call(self, scope: Scope) -> Call:
        path = self._path(scope)
        headers = self._headers(scope)
        body = b""
        if self._json is not None:
            headers["Content-Type"] = "application/json"
            body = msgspec.json.encode(self._json(scope))
        elif self._form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(self._form(scope)).encode()
        if self._query is not None:
            path += ("&" if "?" in path else "?") + urlencode(self._query(scope))
        return Call(self.method, path, headers, body)


class Adapter:
    """One target's API: register, login, place, pay_link, status, health."""

    def __init__(self, target: Target) -> None:
        self.target = target
        session = target.session
        control = target.control
        anonymous: dict[str, Exchange | None] = {
            "register": session.register,
            "login": session.login,
            "health": control.health if control else None,
        }
        logged_in: dict[str, Exchange | None] = {
            "place": target.place,
            "pay_link": target.pay_link,
            "status": target.status,
        }
        self._spoken = {name: _Spoken(e, {}) for name, e in anonymous.items() if e}
        self._spoken |= {name: _Spoken(e, session.send) for name, e in logged_in.items() if e}

    def has(self, name: str) -> bool:
        """Say whether the target has such a call."""
        return name in self._spoken

    def call(self, name: str, scope: Scope) -> Call:
        """Return the request; raises UsageError when the scope lacks a name that the template asks for."""
        return self._spoken[name].call(scope)

    def read(self, name: str, http_status: int, headers: Mapping[str, str], body: bytes) -> Answer:  # noqa: ARG002
        """Return what an answer means; never raises, whatever came."""
        if http_status >= 500:
            return Answer("unknown", {}, http_status, f"HTTP {http_status}")
        if http_status >= 300:
            return Answer("fail", {}, http_status, f"HTTP {http_status}")
        spoken = self._spoken[name]
        if not spoken.take:
            return Answer("ok", {}, http_status)
        try:
            values = self._taken(spoken, msgspec.json.decode(body))
        except (msgspec.DecodeError, ValueError, TypeError, LookupError) as error:
            return Answer("unknown", {}, http_status, f"the answer cannot be read: {error}")
        return Answer("ok", values, http_status)

    def unanswered(self, *, sent: bool) -> Answer:
        """Return what no answer means: surely not if it was never sent, else it may have happened."""
        return Answer("unknown" if sent else "fail", {}, 0, "no answer" if sent else "not sent")

    def _taken(self, spoken: _Spoken, data: Any) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, take in spoken.take.items():
            value = take(data)
            if name == "amount":
                values["amount_fen"] = None if value is None else self._fen(value)
            elif name == "state":
                values["state"] = self._state(value)
            elif name == "cards":
                values["cards"] = [str(card) for card in value or []]
            elif value is None:
                raise LookupError(f"{name} is missing")
            else:
                values[name] = str(value)
        return values

    def _fen(self, value: Any) -> int:
        if self.target.money == "yuan":
            return fen_from_yuan(str(value))
        if isinstance(value, bool) or int(value) != value:
            raise ValueError(f"an amount in whole fen, not {value!r}")
        return int(value)

    def _state(self, value: Any) -> str:
        ours = self.target.states.get(str(value))
        if ours is None:
            raise LookupError(f"the state {value!r} is not in the target's states")
        return ours


def _taker(path: str) -> Callable[[Any], Any]:
    """Compile a JMESPath; plain dotted names, the most of them, are walked without its machinery."""
    names = path.split(".")
    if not all(name.isidentifier() for name in names):
        return jmespath.compile(path).search

    def walk(value: Any) -> Any:
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return walk


def from_json(raw: Mapping[str, Any]) -> Adapter:
    """Build an adapter from a target in plain data, as the traffic job carries it."""
    return Adapter(msgspec.convert(raw, Target))
