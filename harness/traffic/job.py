"""What a scenario says of its traffic, and what the supervisor tells the workers.

Traffic     the scenario's `traffic:` section
TrafficJob  `traffic.json` in the run's private directory: it holds tokens, so it is no part of the run directory
"""

from collections.abc import Iterable, Mapping
from math import inf
from pathlib import Path
from typing import Any

import msgspec

from harness.core.errors import did_you_mean
from harness.core.units import duration_ms
from harness.traffic import personas
from harness.traffic.arrivals import Arrivals, starts_ms
from harness.traffic.intents import WALLET, Goods, Intents, dearer_than

LINES_MOST = 10_000
_BATCHED_MOST = 1_000_000
"""Lines in all, if there are batches: a mock is told when each of them arrives."""
ADAPTER = "harness.targets.found:from_json"


class Traffic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When customers come and who they are; `think`, `patience` and `expiry` are upstream time.

    `personas` maps names to weights. `expiry` is how long the platform lets an unpaid order stand. `persona_folder` is
    a folder with further personas, one a file.
    """

    arrivals: Arrivals
    personas: dict[str, float] = msgspec.field(default_factory=lambda: {"patient": 1.0})
    think: str = "20s"
    patience: str = "30m"
    expiry: str = "15m"
    persona_folder: str = ""
    lines: int = 20
    """Lines of a merchant's batch."""
    customers: int = 0
    """Of how many accounts all orders are at most; 0: of as many as the target file says."""

    def __post_init__(self) -> None:
        for span in (self.think, self.patience, self.expiry):
            duration_ms(span)
        known = personas.names(self.extra_folder)
        for name, weight in self.personas.items():
            if name not in known:
                raise ValueError(f"no persona {name!r}{did_you_mean(name, known)}")
            if not 0 <= weight < inf:
                raise ValueError(f"a weight of at least 0 for {name}, not {weight:g}")
        if self.customers < 0:
            raise ValueError(f"0 customers or more, not {self.customers}")
        if not 1 <= self.lines <= LINES_MOST:
            raise ValueError(f"between 1 and {LINES_MOST} lines of a batch, not {self.lines}")
        if not sum(self.personas.values()) > 0:
            raise ValueError("at least one persona with a weight above 0")
        if self.per_arrival > 1 and self.numbers > _BATCHED_MOST:
            raise ValueError(f"at most {_BATCHED_MOST} lines in all, not {self.numbers}")

    @property
    def extra_folder(self) -> Path | None:
        """The folder with further personas, if one is named."""
        return Path(self.persona_folder) if self.persona_folder else None

    @property
    def per_arrival(self) -> int:
        """How many intents one arrival may be at most: the lines of a batch, a top-up and what is paid from it."""
        known = personas.kinds(self.extra_folder)
        kinds = [known[name] for name, weight in self.personas.items() if weight > 0]
        batch = self.lines if any(kind.batches for kind in kinds) else 1
        return max(batch, *(1 + kind.spends for kind in kinds))

    @property
    def numbers(self) -> int:
        """How many intents there may be: those that arrive, and what else those may be of that arrive."""
        return self.arrivals.curve().count * self.per_arrival

    def line_starts_ms(self, starts_ms: list[float]) -> list[float]:
        """Return the intended start of each number: a line arrives with its batch."""
        more = self.numbers // max(1, len(starts_ms)) - 1
        return [*starts_ms, *(start for start in starts_ms for _ in range(more))]

    @property
    def span_ms(self) -> float:
        """How long arrivals last, in real ms."""
        return self.arrivals.curve().span_s * 1_000.0

    def intents(
        self, *, seed: int, goods: Iterable[Any], gateways: Iterable[str], customers: int, line: Any
    ) -> Intents:
        """Return what is wanted.

        `goods` are the target's, each with id, kind, price, face and most. `line` is what it is sent of one line of a
        batch: of each line one, unless it says `{{intent.quantity}}`.

        Raises:
            ValueError: a persona finds nothing to buy, or there is no gateway.
        """
        return Intents(
            seed=seed,
            curve=self.arrivals.curve(),
            personas=personas.kinds(self.extra_folder),
            weights=self.personas,
            goods=[
                Goods(id=g.id, kind=g.kind, price=g.price, face=g.face, most=g.most) for g in goods
            ],
            gateways=list(gateways),
            customers=customers,
            lines_say_quantity="intent.quantity" in str(line),
        )

    def job(
        self,
        *,
        run: str,
        seed: int,
        time_scale: float,
        journals: str,
        private: str,
        workers: int,
        target: dict[str, Any],
        payer: Mapping[str, str],
        adapter: str = ADAPTER,
        pins: Mapping[str, str] | None = None,
    ) -> "TrafficJob":
        """Return the job of one run with this traffic; `payer` is {"url", "token"}.

        Raises:
            ValueError: the target lacks what traffic needs, or a persona finds nothing to buy there.
        """
        job = TrafficJob(
            run=run,
            seed=seed,
            time_scale=time_scale,
            journals=journals,
            private=private,
            traffic=self,
            target=target,
            payer=msgspec.convert(payer, Payer),
            workers=workers,
            adapter=adapter,
            pins=dict(pins or {}),
        )
        job.intents()
        return job


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """What traffic must know of a target; the rest of it is the adapter's."""

    base_url: str
    goods: list[Goods]
    gateways: dict[str, dict[str, Any]]
    customers: int = 200
    place: Any = None
    batch_line: Any = None
    wallet: dict[str, Any] | None = None
    """The platform's own wallet, if customers have one."""
    channels: dict[str, Any] = {}
    """Through which the platform tells its customers something."""

    def dearer(self) -> dict[str, Goods]:
        """Return what dearer goods can be named for which under an order's number; none where it is not sent."""
        said = str(self.place)
        counted = "intent.quantity" in said
        return dearer_than(self.goods, counted=counted) if "intent.token" in said else {}

    def channel(self, gateway: str) -> str:
        """Return what the platform calls a gateway, or its own wallet."""
        if gateway == WALLET and self.wallet is not None:
            return str(self.wallet.get("channel", ""))
        return str(self.gateways[gateway].get("channel", gateway))

    def channels_by_name(self) -> dict[str, str]:
        """Return what the platform calls each way of paying."""
        ways = [*self.gateways, *([WALLET] if self.wallet is not None else [])]
        return {name: self.channel(name) for name in ways}


class Payer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customers' bank app: the whole URL to POST payments to, and its token."""

    url: str
    token: str


class TrafficJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run's traffic for all workers. `target` is the target in plain data, its templates of addresses filled.

    Each worker writes `journals/traffic-<worker>.ndjson`, then `private/ready-<worker>`, and waits for
    `private/<go_file>`, whose JSON says {"t0_ns": the instant of second 0}. If `go_file` is empty it starts a second
    after it is ready, or under a Locust master when that says so.
    """

    run: str
    seed: int
    time_scale: float
    journals: str
    private: str
    traffic: Traffic
    target: dict[str, Any]
    payer: Payer | None = None
    workers: int = 1
    adapter: str = ADAPTER
    """Dotted name `module:function` of what builds a seams.Shop from `target`."""
    go_file: str = "go"
    stop_file: str = "stop"
    """Once it lies in the private directory nobody new arrives, and who is there has `home_after_stop_s` left."""
    home_after_stop_s: float = 30.0
    answer_s: float = 10.0
    """How long a customer's phone waits for an answer, real seconds."""
    pins: dict[str, str] = {}
    """Addresses of hosts, resolved once for the whole run; of `host:port`, where the line to it begins."""
    cap_s: float = 0.0
    """Real seconds after the last arrival at which customers are sent home; 0 derives it from their patience."""

    def market(self) -> Market:
        """Return what traffic must know of the target.

        Raises:
            msgspec.ValidationError: the target lacks it.
        """
        return msgspec.convert(self.target, Market)

    def intents(self) -> Intents:
        """Return the run's intents.

        Raises:
            ValueError: a persona finds nothing to buy, or there is no gateway.
        """
        market = self.market()
        return self.traffic.intents(
            seed=self.seed,
            goods=market.goods,
            gateways=market.gateways,
            customers=market.customers,
            line=market.batch_line,
        )

    def home_after_s(self) -> float:
        """Return after how many real seconds past the last arrival every customer should have gone home by itself."""
        if self.cap_s > 0:
            return self.cap_s
        traffic = self.traffic
        patience_ms = duration_ms(traffic.expiry) + duration_ms(traffic.patience) + 600_000.0
        return patience_ms / 1_000.0 / self.time_scale + 6 * self.answer_s


def plan(traffic: Traffic, seed: int) -> list[float]:
    """Return the intended start of each intent, real ms since second 0: as many as there are intents."""
    return starts_ms(traffic.arrivals, seed)


def load(path: Path) -> TrafficJob:
    """Read a `traffic.json`.

    Raises:
        OSError: there is none.
        msgspec.DecodeError: it is no traffic job.
    """
    return msgspec.json.decode(path.read_bytes(), type=TrafficJob)
