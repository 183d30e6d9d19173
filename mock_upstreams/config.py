"""What one process of upstreams is told: one JSON file, every key of it known.

    {"run", "recorder", "journal": path or null, "seed", "time_scale", "intents", "arrivals_ms": [...],
     "host", "port", "token", "upstreams": {"epay": {"pid": "1001", "key": "..."}}, "strikes": [Strike]}

An upstream's settings are its dialect's own (`defaults`) and, beside them, the terms of its books (`Terms`).
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from math import inf
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from harness.core.clock import real_s
from harness.core.delivery import Leg
from harness.core.errors import UsageError, did_you_mean
from harness.faults._strike import Armed, Strike
from harness.faults.delay import Delay
from harness.faults.reject_then_succeed import RejectThenSucceed
from harness.faults.rotate import Rotate
from harness.faults.status import Status
from mock_upstreams import rotation
from mock_upstreams.catalogue import dialects, message_channels, status_codes
from mock_upstreams.dialect import Dialect, Duplicates
from mock_upstreams.records import Product
from mock_upstreams.service import Capacity, Limit, Service

Port = Annotated[int, Meta(ge=0, le=65_535)]


Lognormal = Literal["median_ms", "p95_ms"]
Limited = Literal["create", "query", "close", "refund"]
LOGNORMAL: tuple[str, ...] = get_args(Lognormal)
"""By what a span of upstream time is said that is drawn anew for each order."""


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an upstream keeps its books, whatever its dialect."""

    dialect: str = ""
    """What it speaks, if that is not its name: so that two upstreams may speak the same."""
    port: Port = 0
    hosts: tuple[str, ...] = ()
    """Host names, beyond the dialect's own, under which a platform reaches this upstream."""
    duplicate_order_no: Duplicates | None = None
    """What a second call with the same number does; None leaves it to the dialect."""
    expires_ms: float | None = None
    """Gateways: how long (upstream) an unpaid trade may be paid."""
    clearing: dict[Lognormal, float] = {}
    """Gateways: how long (upstream, lognormal) after the bank took the money they learn it; empty for at once."""
    finishes_ms: Annotated[float, Meta(ge=0)] = 0.0
    """Gateways whose trades become final: how long (upstream) after the payment; 0 for never."""
    limits: dict[Limited, str] = {}
    """Gateways: how many calls of an operation are heard within a span of upstream time, such as `{refund: 150/s}`."""
    takes_after_close: bool = False
    """Gateways: a closed trade that is paid all the same becomes a paid one; else the bank refuses, or pays back."""
    products: tuple[Product, ...] = ()
    stock: dict[str, Annotated[int, Meta(ge=0)]] = {}
    """Operators: how many units there are, by product, `all` for each that is not named; else there are plenty."""
    service: dict[Lognormal, float] = {}
    fails: float = 0.0
    partly: float = 0.0
    cancels: float = 0.0
    cards_after_ms: float = 0.0
    notices_after_ms: float = 60_000.0
    claims_after_ms: float = 600_000.0
    capacity: Capacity = Capacity()
    rate_limit: str = ""
    closed: tuple[str, ...] = ()
    clock_starts: str = "20:00"
    balance_fen: int = 100_000_000_00
    """Operators: what the platform has paid in."""

    def stocked(self) -> dict[str, int]:
        """Return how many units there are of each product that is not plentiful."""
        named = {product: units for product, units in self.stock.items() if product != "all"}
        if "all" not in self.stock:
            return named
        return {one.id: self.stock["all"] for one in self.products} | named

    def served(self) -> Service:
        """Return the operator's service (service.py explains its settings).

        Raises:
            ValueError: the times are no lognormal's, or another setting cannot be.
        """
        times = {str(name): ms for name, ms in self.service.items()}
        return Service(
            **times,
            fails=self.fails,
            partly=self.partly,
            cancels=self.cancels,
            cards_after_ms=self.cards_after_ms,
            notices_after_ms=self.notices_after_ms,
            claims_after_ms=self.claims_after_ms,
            capacity=self.capacity,
            rate_limit=self.rate_limit,
            closed=self.closed,
            clock_starts=self.clock_starts,
        )

    def limited(self, time_scale: float) -> dict[str, Limit]:
        """Return how often a gateway may be asked, by operation.

        Raises:
            ValueError: one is no limit.
        """
        return {op: Limit(text, time_scale) for op, text in self.limits.items()}

    def cleared(self) -> Delay | None:
        """Return how late a gateway learns of payments; None for at once.

        Raises:
            ValueError: the times are no lognormal's.
        """
        if not self.clearing:
            return None
        by_ms, p95_ms = self.clearing.get("median_ms", 0.0), self.clearing.get("p95_ms", 0.0)
        return Delay(by=f"{by_ms:f}ms", p95=f"{p95_ms:f}ms", shape="lognormal")


class DoorsAt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The TLS door and the plain one (doors.py)."""

    ca: str
    """The folder of the certificate authority."""
    tls_port: Port = 0
    plain_port: Port = 0
    others: dict[str, str] = {}
    """Upstreams of other processes by host name: their URLs."""


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One process of upstreams."""

    run: str = "by-hand"
    recorder: str = "upstreams"
    journal: str | None = None
    seed: int = 1
    time_scale: Annotated[float, Meta(gt=0)] = 1.0
    handles_ms: Annotated[float, Meta(ge=0)] = 0.0
    """Real ms in which the platform handles a notification: none is sent again sooner, whatever the scale."""
    intents: Annotated[int, Meta(ge=0)] = 0
    arrivals_ms: tuple[float, ...] = ()
    host: str = "127.0.0.1"
    port: Port = 0
    """The control port."""
    bind: str = ""
    """Where the upstreams' own ports are instead of `host`: elsewhere than on loopback only with a `public_url`."""
    public_url: str = ""
    """How a platform on another host reaches them: a URL without a port."""
    pins: dict[str, str] = {}
    """Hosts elsewhere that may be notified, each with its one address; all else is this machine only."""
    token: Annotated[str, Meta(min_length=8)]
    upstreams: dict[str, dict[str, object]]
    strikes: tuple[Strike, ...] = ()
    doors: DoorsAt | None = None

    def check(self) -> None:
        """Find every mistake that can be found before anything starts.

        Raises:
            UsageError: the host is not loopback, or a name, a setting, a fault or a code is unknown.
        """
        _check_loopback(self.host)
        if self.bind and not self.public_url:
            _check_loopback(self.bind)
        for name, settings in self.upstreams.items():
            split(name, settings)
        for strike in self.strikes:
            self._check_strike(strike)

    def _check_strike(self, strike: Strike) -> None:
        where = f"strikes[{strike.id}]"
        try:
            fault = Armed(strike, self.seed).fault
        except (msgspec.ValidationError, ValueError) as error:
            raise UsageError(f"{where}.fault: {error}") from None
        if strike.leg not in fault.legs:
            raise UsageError(f"{where}.leg: this fault makes no sense on {strike.leg.value}")
        wrong = set() if fault.ops is None else set(strike.ops) - fault.ops
        if wrong:
            raise UsageError(
                f"{where}.ops: this fault makes no sense on {', '.join(sorted(wrong))}"
            )
        if isinstance(fault, (Status, RejectThenSucceed)):
            for name in self._met(strike):
                self._check_code(where, name, fault.code)
        if isinstance(fault, Rotate):
            if "pay" in strike.ops and strike.leg is not Leg.NOTIFY:
                raise UsageError(f"{where}.ops: who pays in his bank's app uses no key")
            for name in self._met(strike):
                if strike.leg not in rotation.legs(dialect_of(name, self.upstreams[name])):
                    raise UsageError(f"{where}.leg: no key of {name} changes on {strike.leg.value}")

    def _met(self, strike: Strike) -> list[str]:
        """Return the upstreams of this process that a strike may meet."""
        return [name for name in self.upstreams if name in strike.upstreams]

    def announced_ms(self, name: str) -> float | None:
        """Return when (real ms of the run) the next key of an upstream is announced, None if no strike changes it."""
        times = [
            window_ms[0] - real_s(fault.announced_ms(), self.time_scale) * 1e3
            for strike in self.strikes
            if name in strike.upstreams
            and isinstance(fault := Armed(strike, self.seed).fault, Rotate)
            and (window_ms := strike.window_ms or (-inf, inf))
        ]
        return min(times, default=None)

    def _check_code(self, where: str, name: str, code: str) -> None:
        codes: Sequence[str] = status_codes(dialect_of(name, self.upstreams[name]))
        if code not in codes:
            near = did_you_mean(code, codes)
            raise UsageError(f"{where}.fault.code: {name} has no {code!r}{near}")


def hosts(name: str, settings: Mapping[str, object]) -> tuple[str, ...]:
    """Return the host names under which an upstream is known: its dialect's, and those of its settings.

    Raises:
        UsageError: there is no such upstream, or a setting is wrong.
    """
    _, terms = split(name, settings)
    return tuple(dict.fromkeys((*dialect_of(name, settings).hosts, *terms.hosts)))


def load(path: Path) -> Config:
    """Read and check a config file.

    Raises:
        UsageError: it cannot be read, or something in it is wrong.
    """
    try:
        config = msgspec.json.decode(path.read_bytes(), type=Config)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path}: {error}") from None
    try:
        config.check()
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    return config


def dialect_of(name: str, settings: Mapping[str, object]) -> type[Dialect]:
    """Return the dialect that an upstream speaks: the one of its `dialect` setting, else the one of its name.

    Raises:
        UsageError: there is none.
    """
    return known_dialect(str(settings.get("dialect") or name))


def known_dialect(name: str) -> type[Dialect]:
    """Return the dialect of a name.

    Raises:
        UsageError: there is none.
    """
    everyone = {**dialects(), **message_channels()}
    try:
        return everyone[name]
    except KeyError:
        known = did_you_mean(name, everyone)
        raise UsageError(f"upstreams.{name}: no such upstream{known}") from None


def split(name: str, settings: Mapping[str, object]) -> tuple[dict[str, str], Terms]:
    """Part an upstream's settings into the dialect's own and the terms of its books.

    Raises:
        UsageError: a key is unknown, or a value is not what it should be.
    """
    dialect = dialect_of(name, settings)
    own = dialect.defaults
    terms = {key: value for key, value in settings.items() if key in Terms.__struct_fields__}
    for key in settings.keys() - terms.keys() - own.keys():
        known = did_you_mean(key, {*own, *Terms.__struct_fields__})
        raise UsageError(f"upstreams.{name}.{key}: no such setting{known}")
    try:
        mine = {key: msgspec.convert(settings[key], str) for key in settings if key in own}
        agreed = msgspec.convert(terms, Terms)
        agreed.served()
        agreed.cleared()
        agreed.limited(1.0)
    except ValueError as error:
        raise UsageError(f"upstreams.{name}: {error}") from None
    if agreed.finishes_ms and not dialect.finishes:
        raise UsageError(f"upstreams.{name}.finishes_ms: its trades never become final")
    return mine, agreed


def _check_loopback(host: str) -> None:
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(f"host: a loopback address such as 127.0.0.1, not {host!r}")
