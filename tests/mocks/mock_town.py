"""A town for the tests of the mock upstreams: a street in this very process, a platform that listens, raw callers."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from harness.core import journal
from harness.core.clock import tick_s
from harness.core.event import Event
from harness.core.identity import tail_of
from mock_upstreams import wire
from mock_upstreams.config import Config
from mock_upstreams.dialect import FORM, Answer, Request
from mock_upstreams.house import Ear
from mock_upstreams.server import Street
from mock_upstreams.signing import dayuanren_md5, epay_md5

KEY = "TESTKEY0123456789"
APIKEY = "TESTAPIKEY"
TOKEN = "test-token-1"
SEED = 11
INTENTS = 1_000
DEADLINE_S = 5.0
PRODUCTS = [
    {"id": "12", "cost_fen": 4960, "face_fen": 5000, "title": "话费50元"},
    {"id": "401", "kind": "cards", "cost_fen": 950, "face_fen": 1000, "title": "卡密10元"},
]


async def until(true: Callable[[], Any], what: str = "condition") -> None:
    """Wait for a condition, with a deadline."""
    end_s = tick_s() + DEADLINE_S
    while not true():
        assert tick_s() < end_s, f"never: {what}"
        await asyncio.sleep(0.002)


@dataclass
class Platform:
    """What listens to notifications: records them and says what it is told to say."""

    says: bytes = b"success"
    status: int = 200
    wait_for: int = 1
    """Answers nobody before so many have come."""
    heard: list[dict[str, str]] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    mute: bool = False
    by_state: dict[str, bytes] = field(default_factory=dict)
    """What it says to an operator, by the state that it is told."""
    _waiting: list[Ear] = field(default_factory=list)
    url: str = ""

    def hear(self, request: Request, ear: Ear) -> None:
        text = request.query or request.body.decode()
        told = dict(parse_qsl(text, keep_blank_values=True))
        self.heard.append(told)
        if self.by_state:
            self.says = self.by_state[told.get("state") or told["status"]]
        self.times_s.append(tick_s())
        self._waiting.append(ear)
        if len(self.heard) >= self.wait_for and not self.mute:
            for one in self._waiting:
                one.answer(Answer(self.says, self.status))
            self._waiting.clear()


@dataclass
class Town:
    """A street and a platform."""

    street: Street
    platform: Platform
    folder: Path

    def url(self, name: str) -> str:
        return self.street.upstreams[name].dialect.base_url

    def rows(self, *kinds: str) -> list[Event]:
        written = self.street.recorder.journal
        assert written is not None
        written.flush()
        return [e for e in journal.read(self.folder / "mocks.ndjson") if e.kind in kinds]

    def book(self, name: str) -> Any:
        return self.street.upstreams[name].desk.book

    async def create(self, intent: int = 1, **over: str) -> "Heard":
        fields = epay_fields(self.platform.url, intent) | over
        return await self.post(self.url("epay") + "/mapi.php", epay_signed(fields))

    async def submit(self, intent: int = 1, **over: str) -> "Heard":
        fields = {
            "mobile": f"138{tail_of(SEED, intent)}",
            "notify_url": self.platform.url,
            "out_trade_num": f"D{intent}",
            "product_id": "12",
            "userid": "10001",
        } | over
        fields["sign"] = dayuanren_md5(fields, APIKEY)
        return await self.post(self.url("dayuanren") + "/yrapi.php/index/recharge", fields)

    async def check(self, *numbers: str) -> Any:
        fields = {"userid": "10001", "out_trade_nums": ",".join(numbers)}
        fields["sign"] = dayuanren_md5(fields, APIKEY)
        heard = await self.post(self.url("dayuanren") + "/yrapi.php/index/check", fields)
        return heard.json()["data"]

    async def api(self, act: str, **fields: str) -> "Heard":
        fields = {"pid": "1001", "key": KEY} | fields
        return await self.post(f"{self.url('epay')}/api.php?act={act}", fields)

    async def pay(self, pay_url: str, intent: int | None = 1) -> "Heard":
        body = msgspec.json.encode({"pay_url": pay_url, "intent": intent, "amount_fen": None})
        return await self.control("POST", "/payer/pay", body)

    async def control(
        self, method: str, path: str, body: bytes = b"", token: str = TOKEN
    ) -> "Heard":
        headers = f"Authorization: Bearer {token}\r\n"
        return await call(self, method, self.street.control_url + path, body, headers)

    async def post(self, url: str, fields: dict[str, str]) -> "Heard":
        kind = f"Content-Type: {FORM}\r\n"
        return await call(self, "POST", url, urlencode(fields).encode(), kind)


@dataclass
class Heard:
    """What a raw caller experienced: `answer`, `silence`, `reset` or `cut`."""

    how: str
    status: int = 0
    body: bytes = b""

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


async def call(town: Town, method: str, url: str, body: bytes = b"", headers: str = "") -> Heard:
    """Make one call on a connection of its own; silence is told apart by healing the town, which must end it."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = f"{method} {target} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    reading = asyncio.ensure_future(read_answer(reader))
    try:
        await until(lambda: reading.done() or town.street.house._held, "an answer or silence")
        if reading.done():
            return reading.result()
        town.street.house.heal()
        assert (await asyncio.wait_for(reading, DEADLINE_S)).how == "cut"
        return Heard("silence")
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> Heard:
    """Read one answer off a connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        return Heard("cut", body=error.partial)
    except ConnectionResetError:
        return Heard("reset")
    status = int(head.split(b" ", 2)[1])
    length = [h for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")]
    body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
    return Heard("answer", status, body)


def epay_fields(notify_url: str, intent: int = 1) -> dict[str, str]:
    return {
        "pid": "1001",
        "type": "alipay",
        "out_trade_no": f"E{intent}",
        "notify_url": notify_url,
        "return_url": "http://127.0.0.1:9/back",
        "name": f"话费50元 138{tail_of(SEED, intent)}",
        "money": "49.90",
        "clientip": "127.0.0.1",
    }


def as_form(target: str, fields: dict[str, str]) -> Request:
    """Return a posted form, as any HTTP client makes it."""
    return Request("POST", target, [(b"Content-Type", FORM.encode())], urlencode(fields).encode())


def epay_signed(fields: dict[str, str]) -> dict[str, str]:
    return fields | {"sign": epay_md5(fields, KEY), "sign_type": "MD5"}


def strike(upstream: str, leg: str, op: str, fault: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": f"{fault['kind']}-{leg}",
        "upstreams": [upstream],
        "leg": leg,
        "ops": [op],
        "fault": fault,
    } | more


def config_of(folder: Path, strikes: Iterable[dict[str, Any]] = (), **over: Any) -> dict[str, Any]:
    operator: dict[str, Any] = {"apikey": APIKEY, "products": PRODUCTS} | over.pop("dayuanren", {})
    return {
        "journal": str(folder / "mocks.ndjson"),
        "run": "t",
        "recorder": "mocks",
        "seed": SEED,
        "time_scale": 1_000.0,
        "intents": INTENTS,
        "token": TOKEN,
        "upstreams": {
            "epay": {"key": KEY, "expires_ms": 1e15} | over.pop("epay", {}),
            "dayuanren": operator,
        },
        "strikes": list(strikes),
    } | over


@asynccontextmanager
async def town(strikes: Iterable[dict[str, Any]] = (), **over: Any) -> AsyncIterator[Town]:
    """Open a street and a platform; close both."""
    platform = Platform()
    with tempfile.TemporaryDirectory() as name:
        config = msgspec.convert(config_of(Path(name), strikes, **over), Config)
        config.check()
        street = Street(config)
        await street.open()
        listener = await wire.listen(platform.hear, "127.0.0.1", 0)
        platform.url = f"http://127.0.0.1:{listener.port}/notify"
        try:
            yield Town(street, platform, Path(name))
        finally:
            await street.close()
            await listener.close()
