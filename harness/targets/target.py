"""A target file: the platform under test, described (docs/targets.md has every key with an example)."""

import os
from pathlib import Path
from typing import Any, Literal

import msgspec

from harness.core import document
from harness.core.errors import UsageError
from harness.core.units import duration_ms, fen_from_yuan

State = Literal["unpaid", "paid", "delivering", "refunding", "delivered", "refunded", "closed"]
"""Our order states: 待支付, 已支付, 充值中, 退款中, 已完成, 已退款, 已关闭. The first four lead to the others."""


class Exchange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request to the platform, templated, and what to take from its answer (JMESPath)."""

    get: str = ""
    post: str = ""
    put: str = ""
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    json: Any = None
    form: dict[str, str] | None = None
    take: dict[str, str] = {}

    def __post_init__(self) -> None:
        if len([path for path in (self.get, self.post, self.put) if path]) != 1:
            raise ValueError("exactly one of get, post and put is needed")
        if self.json is not None and self.form is not None:
            raise ValueError("a request has a json body or a form body, not both")


class Session(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a customer logs in, and the headers that carry the session afterwards."""

    register: Exchange | None = None
    login: Exchange | None = None
    send: dict[str, str] = {}


class Supply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operator's product behind some goods; `cost` in yuan."""

    product: str
    cost: str

    def __post_init__(self) -> None:
        fen_from_yuan(self.cost)


class Goods(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the platform sells; `price` and `face` in yuan."""

    id: str
    kind: Literal["phone", "game", "member", "cards"]
    price: str
    face: str
    title: str = ""
    operators: dict[str, Supply] = {}

    def __post_init__(self) -> None:
        if fen_from_yuan(self.price) <= 0 or fen_from_yuan(self.face) <= 0:
            raise ValueError("price and face above 0")

    @property
    def price_fen(self) -> int:
        """What one customer pays, in fen."""
        return fen_from_yuan(self.price)


class Promises(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the platform promises its customers, in its own time."""

    settle_within: str = "30m"

    def __post_init__(self) -> None:
        duration_ms(self.settle_within)


class DefectFolder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Named mistakes that a platform can be started with: `argument NAME` is added to its command."""

    folder: str
    argument: str


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to start the platform, and how to see that it is healthy."""

    start: list[str]
    env: dict[str, str] = {}
    health: Exchange | None = None
    healthy_within: str = "30s"
    defects: DefectFolder | None = None

    def __post_init__(self) -> None:
        if not self.start:
            raise ValueError("a command of at least one word")
        duration_ms(self.healthy_within)


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole target file."""

    name: str
    base_url: str
    money: Literal["fen", "yuan"] = "fen"
    handles_within: str = "200ms"
    customers: int = 200
    goods: list[Goods]
    gateways: dict[str, dict[str, Any]]
    operators: dict[str, dict[str, Any]]
    session: Session = Session()
    place: Exchange
    pay_link: Exchange | None = None
    status: Exchange
    states: dict[str, State]
    promises: Promises = Promises()
    control: Control | None = None

    def __post_init__(self) -> None:
        duration_ms(self.handles_within)
        if not 1 <= self.customers <= 100_000:
            raise ValueError("between 1 and 100000 customers")
        if not self.goods:
            raise ValueError("at least one kind of goods")

    def channel(self, gateway: str) -> str:
        """Return what the platform calls a gateway."""
        return str(self.gateways[gateway].get("channel", gateway))


def load(path: Path) -> tuple[Target, document.Document]:
    """Read a target file, and what it means beyond its shape.

    Raises:
        UsageError: with file, line, column and the nearest valid word.
    """
    doc = document.load(path)
    target = doc.convert(Target)
    for key in ("goods", "gateways", "operators", "states"):
        if not getattr(target, key):
            raise doc.wrong((key,), "at least one entry is needed")
    for at, goods in enumerate(target.goods):
        for operator in goods.operators:
            if operator not in target.operators:
                raise doc.wrong(
                    ("goods", at, "operators", operator), f"{operator!r} is not among operators"
                )
    return target, doc


def settings(entry: dict[str, Any], where: str) -> dict[str, Any]:
    """Return a dialect's settings with secrets read from the environment: `key: {env: NAME}`.

    Raises:
        UsageError: the variable is not set.
    """
    found: dict[str, Any] = {}
    for key, value in entry.items():
        if key == "channel":
            continue
        if isinstance(value, dict) and set(value) == {"env"}:
            name = str(value["env"])
            if name not in os.environ:
                raise UsageError(f"{where}.{key}: the environment variable {name} is not set")
            found[key] = os.environ[name]
        else:
            found[key] = value
    return found
