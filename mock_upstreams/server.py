"""One process of upstreams: a port for each, a control port, a journal, and an orderly end."""

import asyncio
import gc
import re
import sys
from collections.abc import Callable
from pathlib import Path
from signal import SIGINT, SIGTERM

import msgspec
import uvloop

from harness.core.clock import now_ns
from harness.core.journal import Journal
from mock_upstreams import fast_lane
from mock_upstreams.complainer import Complainer
from mock_upstreams.config import Config, dialect_of, hosts, split
from mock_upstreams.control import Control
from mock_upstreams.desk import Desk
from mock_upstreams.dialect import Dialect
from mock_upstreams.doors import Doors
from mock_upstreams.gateway_desk import GatewayDesk
from mock_upstreams.house import House
from mock_upstreams.ledger import GatewayBook
from mock_upstreams.message_desk import MessageDesk
from mock_upstreams.notifier import Notifier
from mock_upstreams.operator_desk import OperatorDesk
from mock_upstreams.operator_ledger import AGAIN_AFTER_MS, OperatorBook
from mock_upstreams.payer import Payer
from mock_upstreams.recorder import Recorder
from mock_upstreams.strikes import Strikes
from mock_upstreams.trust import Authority
from mock_upstreams.upstream import Upstream
from mock_upstreams.wire import Listener, listen

_BEYOND = re.compile(r"[ {].*")
"""Of an endpoint, what is no longer the beginning of a path: a choice, a number, or the name of a call."""


class Street:
    """Every upstream of a config, serving."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.stopped = asyncio.Event()
        strikes = Strikes(config.strikes, config.seed, config.arrivals_ms)
        self.recorder = Recorder(_journal(config))
        self.house = House(
            seed=config.seed,
            intents=config.intents,
            time_scale=config.time_scale,
            handles_s=config.handles_ms / 1e3,
            strikes=strikes,
            recorder=self.recorder,
            pins=config.pins,
        )
        self.notifier = Notifier(self.house)
        self.upstreams = {name: self._build(name) for name in config.upstreams}
        self._ports: list[Listener] = []
        self._doors: Doors | None = None
        self.control_url = ""

    def _build(self, name: str) -> Upstream:
        own, terms = split(name, self.config.upstreams[name])
        products = {product.id: product for product in terms.products}
        dialect = dialect_of(name, self.config.upstreams[name])(own, products)
        duplicates = terms.duplicate_order_no or dialect.duplicates
        desk: Desk
        if dialect.side == "gateway":
            expires_ms = dialect.expires_ms if terms.expires_ms is None else terms.expires_ms
            expires_ns = int(self.house.real_s(expires_ms) * 1e9)
            book = GatewayBook(
                dialect.number,
                duplicates,
                expires_ns,
                dialect.refund_scope,
                takes_after_close=terms.takes_after_close,
                finishes_ms=terms.finishes_ms,
                forgets_unpaid=dialect.forgets_unpaid,
                number_kept_ms=dialect.number_kept_ms,
                refund_rules=dialect.refund_rules,
                ns_per_ms=self.house.real_s(1.0) * 1e9,
            )
            desk = GatewayDesk(
                name,
                dialect,
                self.house,
                self.notifier,
                book=book,
                clearing=terms.cleared(),
                limits=terms.limited(self.config.time_scale),
            )
        elif dialect.side == "message":
            desk = MessageDesk(name, dialect, self.house, self.notifier)
        else:
            stock = OperatorBook(
                name=name,
                seed=self.config.seed,
                products=products,
                number=dialect.number,
                duplicates=duplicates,
                balance_fen=terms.balance_fen,
                stock=terms.stocked(),
                frees_cancelled=dialect.frees_cancelled,
                pays_later=dialect.pays_later,
                again_after_ns=self.house.real_s(AGAIN_AFTER_MS) * 1e9,
            )
            args = (name, dialect, self.house, self.notifier)
            desk = OperatorDesk(*args, book=stock, service=terms.served())
        self._rotate(name, dialect)
        return Upstream(name, dialect, desk, self.house)

    def _rotate(self, name: str, dialect: Dialect) -> None:
        """Have the next key at hand, which may take a tenth of a second to make, where a strike is going to use it."""
        announced_ms = self.config.announced_ms(name)
        if announced_ms is not None:
            dialect.rotating = lambda: self.house.strikes.clock_ms() >= announced_ms
            assert dialect.successor is not dialect

    async def open(self) -> None:
        """Bind every port.

        Raises:
            OSError: one of them is taken.
        """
        host = self.config.host
        for name, upstream in self.upstreams.items():
            _, terms = split(name, self.config.upstreams[name])
            where = self.config.bind or host
            quick = fast_lane.into(upstream)
            port = await listen(upstream.hear, where, terms.port, self.house.turn, quick)
            public_url = self.config.public_url
            upstream.dialect.base_url = (
                f"{public_url}:{port.port}" if public_url else _url(self.config.bind or host, port)
            )
            self._ports.append(port)
        names = self._hosts()
        gateways = [u for u in self.upstreams.values() if u.dialect.side == "gateway"]
        payer = Payer(gateways, self.house, names)
        complainer = Complainer(gateways, self.house)
        control = Control(self.config.token, self.house, payer, complainer, self.stopped.set)
        door = await listen(control.hear, host, self.config.port)
        self._ports.append(door)
        self.control_url = _url(host, door)

        if (asked := self.config.doors) is not None:
            authority = Authority.at(Path(asked.ca))
            self._doors = Doors(authority, {**asked.others, **names}, self._shared())
            await self._doors.open(host, tls_port=asked.tls_port, plain_port=asked.plain_port)

    def _hosts(self) -> dict[str, str]:
        """Return every upstream's URL by the real host names that it stands for, the first one's if several do."""
        return {host: owners[0].base_url for host, owners in self._owners().items()}

    def _shared(self) -> dict[str, dict[str, str]]:
        """Return, by each host name that several upstreams have, their URLs by how their paths begin."""
        return {
            host: {
                _BEYOND.sub("", endpoint): dialect.base_url
                for dialect in reversed(owners)
                for endpoint in dialect.endpoints
            }
            for host, owners in self._owners().items()
            if len(owners) > 1
        }

    def _owners(self) -> dict[str, list[Dialect]]:
        owners: dict[str, list[Dialect]] = {}
        for name, upstream in self.upstreams.items():
            for host in hosts(name, self.config.upstreams[name]):
                owners.setdefault(host, []).append(upstream.dialect)
        return owners

    def card(self) -> dict[str, object]:
        """Return how to reach and use every upstream."""
        doors = {"doors": self._doors.card()} if self._doors else {}
        return {
            "control": self.control_url,
            "token": self.config.token,
            "upstreams": {name: _reach(u.dialect) for name, u in self.upstreams.items()},
            **doors,
        }

    async def close(self) -> None:
        """Take ladders away, close ports and journal."""
        self.notifier.close()
        for port in self._ports:
            await port.close()
        if self._doors is not None:
            await self._doors.close()
        self.house.close()
        self.recorder.close()


def _reach(dialect: Dialect) -> dict[str, str]:
    return {"url": dialect.base_url, **dialect.credentials()}


def _url(host: str, port: Listener) -> str:
    place = f"[{host}]" if ":" in host else host
    return f"http://{place}" if port.port == 80 else f"http://{place}:{port.port}"


def _journal(config: Config) -> Journal | None:
    if config.journal is None:
        return None
    sides = [dialect_of(name, settings).side for name, settings in config.upstreams.items()]
    vantage = sides[0] if sides else "gateway"
    return Journal(Path(config.journal), run=config.run, recorder=config.recorder, vantage=vantage)


async def serve(config: Config, show: Callable[[Street], None]) -> None:
    """Serve until told to stop, by signal or on the control port."""
    street = Street(config)
    loop = asyncio.get_running_loop()
    for number in (SIGTERM, SIGINT):
        loop.add_signal_handler(number, street.stopped.set)
    _spare_the_collector()
    try:
        await street.open()
        if not config.intents:
            street.house.strikes.begin(
                now_ns()
            )  # by hand there is no first arrival: windows count from now
        show(street)
        await street.stopped.wait()
    finally:
        await street.close()


def _spare_the_collector() -> None:
    """Books only grow, and in no cycles: searching them over and over for garbage finds nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def print_card(street: Street, *, indent: int = 0) -> None:
    """Print the card as JSON: on one line for a program, indented for a person."""
    text = msgspec.json.encode(street.card())
    if indent:
        text = msgspec.json.format(text, indent=indent)
    sys.stdout.write(text.decode() + "\n")
    sys.stdout.flush()


def run(config: Config, *, indent: int = 0) -> None:
    """Serve on uvloop; return when stopped."""
    uvloop.run(serve(config, lambda street: print_card(street, indent=indent)))
