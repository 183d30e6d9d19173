"""A street without sockets, with the compiled way or without it, by a clock that tests set: for comparing the two."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from hashlib import md5
from pathlib import Path
from types import SimpleNamespace
from unittest import mock
from urllib.parse import parse_qsl

import msgspec
from mock_town import KEY, config_of, epay_fields

from mock_upstreams import fast_lane, form, known_heads
from mock_upstreams.config import Config
from mock_upstreams.dialect import FORM
from mock_upstreams.server import Street
from mock_upstreams.signing import epay_md5
from mock_upstreams.wire import Line, Take

BEGAN_NS = 1_780_000_000_123_456_789
NOTIFY_URL = "http://127.0.0.1:9/notify"


class Wire:
    """A transport that keeps what is said."""

    def __init__(self) -> None:
        self.said = b""
        self.end = ""

    def write(self, data: bytes) -> None:
        self.said += data

    def is_reading(self) -> bool:
        return True

    def pause_reading(self) -> None:
        raise AssertionError("nobody here sends so much")

    def close(self) -> None:
        self.end = "closed"

    def abort(self) -> None:
        self.end = "aborted"

    def get_extra_info(self, _name: str) -> object:
        return SimpleNamespace(setsockopt=lambda *_: None)


@dataclass
class Callers:
    """Connections to one upstream; whose connection was closed gets another."""

    street: Street
    quick: Take | None
    ends: dict[int, tuple[Line, Wire]] = field(default_factory=dict)
    heard: list[tuple[int, bytes, str]] = field(default_factory=list)

    def turn(self, *sent: tuple[int, bytes]) -> None:
        """Let all of these come in one turn of the loop."""
        for caller, data in sent:
            line, _ = self._end(caller)
            line.data_received(data)
        self.street.house.turn.serve()
        for caller, (line, wire) in tuple(self.ends.items()):
            if wire.said or wire.end:
                self.heard.append((caller, wire.said, wire.end))
                wire.said = b""
            if wire.end:
                line.connection_lost(None)
                del self.ends[caller]

    def _end(self, caller: int) -> tuple[Line, Wire]:
        if caller not in self.ends:
            upstream, wire = self.street.upstreams["epay"], Wire()
            line = Line(upstream.hear, set(), self.street.house.turn, self.quick)
            line.connection_made(wire)
            self.ends[caller] = line, wire
        return self.ends[caller]


@dataclass
class Outcome:
    """All that can be told of what was done."""

    heard: list[tuple[int, bytes, str]]
    journal: bytes
    trades: list[object]
    numbers: dict[str, str]
    totals: dict[str, int]
    counts: object
    serial: int
    quick: int
    """How many requests were answered by the compiled way."""


def played(turns, *, lane, strikes=(), healed_after=None, **over) -> Outcome:
    """Play turns, each the ns by which the clock has moved on and what is sent then; return what came of them.

    A turn may also be something to do with the street.
    """
    now = SimpleNamespace(ns=BEGAN_NS)
    clock = SimpleNamespace(time_ns=lambda: now.ns, monotonic=lambda: now.ns / 1e9)
    known_heads._heads.clear()

    async def story() -> Outcome:
        with tempfile.TemporaryDirectory() as folder:
            config = msgspec.convert(config_of(Path(folder), strikes, **over), Config)
            street = Street(config)
            try:
                return _played(street, turns, now, lane=lane, healed_after=healed_after)
            finally:
                street.notifier.close()
                street.house.close()
                street.recorder.close()

    with mock.patch("harness.core.clock.time", clock):
        return asyncio.run(story())


def _played(street, turns, now, *, lane, healed_after) -> Outcome:
    upstream = street.upstreams["epay"]
    upstream.dialect.base_url = "http://127.0.0.1:8080"
    answered = []

    def counted(data: bytes) -> bytes | None:
        said = quick(data)
        answered.append(said is not None)
        return said

    quick = fast_lane.into(upstream) if lane else None
    callers = Callers(street, counted if quick else None)
    for number, turn in enumerate(turns):
        if number == healed_after:
            street.house.heal()
        if callable(turn):
            turn(street)
        else:
            step_ns, *sent = turn
            now.ns += step_ns
            callers.turn(*sent)
    book, written = upstream.desk.book, street.recorder.journal
    if written is not None:
        written.flush()
    return Outcome(
        heard=callers.heard,
        journal=written.path.read_bytes() if written is not None else b"",
        trades=[msgspec.to_builtins(trade) for trade in book.trades.values()],
        numbers={number: trade.ref for number, trade in book.by_no.items()},
        totals=msgspec.structs.asdict(street.house.totals),
        counts=street.house.strikes.snapshot(),
        serial=book.serial,
        quick=sum(answered),
    )


def create(intent: int = 1, *, sign: str = "", **over: str | None) -> bytes:
    """Return a create as an ordinary client sends it; a field that is None is left out."""
    fields = epay_fields(NOTIFY_URL, intent) | over
    said = form.write({name: value for name, value in fields.items() if value is not None})
    return posted(signed(said.encode(), sign))


def signed(body: bytes, sign: str = "") -> bytes:
    """Sign a form as its fields are understood, however they are written."""
    right = epay_md5(form.read_body(body), KEY)
    return body + f"&sign={sign or right}&sign_type=MD5".encode()


def signed_as_it_is(body: bytes) -> bytes:
    """Sign a form over its bytes, whether they are text or not."""
    fields = sorted(parse_qsl(body.decode("latin-1"), encoding="latin-1"))
    text = "&".join(f"{name}={said}" for name, said in fields) + KEY
    sign = md5(text.encode("latin-1")).hexdigest()
    return body + f"&sign={sign}&sign_type=MD5".encode()


def posted(body: bytes, target: str = "/mapi.php", kind: str = FORM, more: str = "") -> bytes:
    """Return a request that posts a body."""
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def query(intent: int = 1) -> bytes:
    """Return a query of an order."""
    asked = {"act": "order", "pid": "1001", "key": KEY, "out_trade_no": f"E{intent}"}
    return f"GET /api.php?{form.write(asked)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
