"""A target file: the platform under test, described (docs/targets.md has every key with an example)."""

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

import msgspec

from harness.core import document
from harness.core.errors import UsageError
from harness.core.plan import Announced, Compensated
from harness.core.units import duration_ms, fen_from_yuan
from harness.targets import _accounts
from harness.targets._accounts import Accounts
from harness.targets._announces import Announces
from harness.targets._bill import BillLines
from harness.targets._checking import (
    MOMENTS,
    Names,
    check_batches,
    check_compensation,
    check_forbidden,
    check_list,
    check_refusal,
    check_rules,
    check_session,
    check_steps,
    check_strangers,
)
from harness.targets._commands import check_commands
from harness.targets._control import Control
from harness.targets._database import Database, Doors
from harness.targets._dependencies import Dependency
from harness.targets._goods import Goods
from harness.targets._lines import LINE
from harness.targets._promises import Promises, Refusals
from harness.targets._selling import check_goods
from harness.targets._wallet import CALLS as WALLET_CALLS
from harness.targets._wallet import TOPUP, WALLET, Wallet, check_wallet, steps_by_place
from harness.targets._words import Condition, Steps, steps_of
from harness.targets.template import holes

State = Literal["unpaid", "paid", "delivering", "refunding", "delivered", "refunded", "closed"]
"""Our order states: 待支付, 已支付, 充值中, 退款中, 已完成, 已退款, 已关闭. The first four lead to the others."""

TicketState = Literal["open", "answered", "closed"]
"""States of a ticket: 待处理, 已回复, 已结案."""

_PUBLIC_URL = re.compile(r"http://[\w.-]+")
_API = re.compile(r"http://([\w.-]+|\[[\da-fA-F:]+\]):\d{1,5}")
_PARTIES = (
    *("customers", "gateways", "operators", "dependencies", "databases", "caches"),
    *("workers", "schedulers", "target"),
)
CALLS = (
    *("place", "pay_link", "status", "resend", "cancel", "ticket", "ticket_state"),
    *("batch", "batch_status", "cards", "bill", "order_list", *WALLET_CALLS),
)
"""What customers may ask a platform within their session."""


class Session(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a customer logs in, what carries the session afterwards, and what shows that it has ended.

    Cookies are kept for each customer and sent back without being asked for. A 401 always means that it has ended.
    """

    register: Steps | None = None
    login: Steps | None = None
    send: dict[str, str] = {}
    ended_when: Condition | None = None
    referer: bool = False
    """Send the page before as Referer, as a browser does."""


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole target file."""

    name: str
    base_url: str
    money: Literal["fen", "yuan"] = "fen"
    expiry: str = ""
    """How long an unpaid order stands, in the platform's own time; unless said, what the scenario takes it to be."""
    handles_within: str = "200ms"
    customers: int = 200
    goods: list[Goods]
    gateways: dict[str, dict[str, Any]]
    operators: dict[str, dict[str, Any]] = {}
    channels: dict[str, dict[str, Any]] = {}
    """Message channels through which customers are told: SMS and the like."""
    session: Session = Session()
    accounts: Accounts = None
    source_addresses: str = ""
    """A network such as 127.60.0.0/16: each customer comes from an address of it."""
    card_stock: str = ""
    """The list that was loaded into the platform as stock, one card a line; what is not in it is no card."""
    adapter: str = ""
    """A Python file beside this one with a subclass of Adapter, for what cannot be said here."""
    place: Steps
    pay_link: Steps | None = None
    status: Steps
    resend: Steps | None = None
    cancel: Steps | None = None
    """Closes an order that is not paid."""
    ticket: Steps | None = None
    """Opens a ticket for an order."""
    ticket_state: Steps | None = None
    """Reads the state of an order's ticket."""
    batch: Steps | None = None
    """Sends many lines at once; `{{lines}}` is all of them, each as `batch_line` says."""
    batch_line: str | dict[str, Any] = msgspec.field(default_factory=lambda: dict(LINE))
    """A line: texts are put one under the other, mappings into a list."""
    batch_status: Steps | None = None
    """Reads what became of a batch."""
    cards: Steps | None = None
    order_list: Steps | None = None
    """Reads a customer's own orders, page by page where it says `{{page}}` (1, 2, ...); takes `order_nos`."""
    bill: Steps | None = None
    """Reads the bill of `{{day}}`; its last step takes `lines`."""
    bill_lines: BillLines | None = None
    """What stands where in a line of it."""
    wallet: Wallet | None = None
    """The wallet that each customer has with the platform."""
    states: dict[str, State]
    ticket_states: dict[str, TicketState] = {}
    promises: Promises = Promises()
    refusals: Refusals = Refusals()
    database: Database | None = None
    dependencies: dict[str, Dependency] = {}
    """What the platform depends on, by the name that strikes call it by."""
    toxiproxy: str = ""
    """The API of a Toxiproxy that does to connections what strikes on links ask for."""
    allow_hosts: dict[str, str | list[str]] = {}
    """Hosts beyond this machine that may be reached, and the addresses that they must resolve to."""
    doors: Doors | None = None
    public_url: str = ""
    """How a platform on another host reaches the mocks: a URL without a port, such as http://10.0.0.5."""
    control: Control | None = None

    def __post_init__(self) -> None:
        duration_ms(self.handles_within)
        if self.expiry:
            duration_ms(self.expiry)
        if not 1 <= self.customers <= 100_000:
            raise ValueError("between 1 and 100000 customers")
        if not self.goods:
            raise ValueError("at least one kind of goods")
        if self.public_url and not _PUBLIC_URL.fullmatch(self.public_url):
            raise ValueError(f"a public_url without port and path, not {self.public_url!r}")
        if self.toxiproxy and not _API.fullmatch(self.toxiproxy):
            raise ValueError(f"a toxiproxy as http://HOST:PORT, not {self.toxiproxy!r}")
        if self.source_addresses and not ip_network(self.source_addresses).is_loopback:
            raise ValueError(f"addresses within 127.0.0.0/8, not {self.source_addresses!r}")

    def call(self, name: str) -> Steps | None:
        """Return the requests of one of CALLS, None where the platform has no such call."""
        if name in WALLET_CALLS:
            return getattr(self.wallet, WALLET_CALLS[name]) if self.wallet is not None else None
        said: Steps | None = getattr(self, name)
        return said

    def channel(self, gateway: str) -> str:
        """Return what the platform calls a gateway, or its own wallet."""
        if gateway == WALLET and self.wallet is not None:
            return self.wallet.channel
        return str(self.gateways[gateway].get("channel", gateway))

    def supplied(self) -> tuple[tuple[str, str, str], ...]:
        """Return what delivers what: operator, its product, and the goods that it is sold as."""
        return tuple(
            (operator, supply.product, goods.id)
            for goods in self.goods
            for operator, supply in goods.operators.items()
        )

    def led_to(self, dependency: str) -> bool:
        """Say whether the platform reaches a dependency where our proxy can stand: it is told, or always goes there."""
        told = self.told(f"dependencies.{dependency}.")
        return told or bool(self.dependencies[dependency].listen)

    def told(self, name: str) -> bool:
        """Say whether the platform's command or environment asks for a name, or for one that begins so."""
        control = self.control
        held = [control, *control.instances] if control is not None else []
        said = [text for one in held for text in (*one.start, *one.env.values())]
        return any(hole.startswith(name) for text in said for hole in holes(text))

    def announced(self) -> tuple[Announced, ...]:
        """Return what customers are promised to be told: without a channel of ours nothing can be seen."""
        members = tuple(goods.id for goods in self.goods if goods.kind == "member")
        return self.promises.announces.promised(members) if self.channels else ()

    def compensated(self) -> tuple[Compensated, ...]:
        """Return what customers are promised for late goods."""
        promised = self.promises.compensation
        return promised.promised(self.goods) if promised else ()

    def topups(self) -> tuple[tuple[str, int, int], ...]:
        """Return the goods that are money in the wallet: id, price and face value in fen."""
        sold = (one for one in self.goods if one.kind == TOPUP)
        return tuple((one.id, one.price_fen, fen_from_yuan(one.face)) for one in sold)

    def further(self) -> dict[str, float]:
        """Return every further promise, and how much customers may owe their wallet."""
        credit = {} if self.wallet is None else {"wallet_credit": float(self.wallet.credit_fen)}
        return self.promises.further() | credit

    def own_stock(self) -> list[str]:
        """Return the ids of card goods that no operator delivers: the platform gives out cards of its own."""
        return [one.id for one in self.goods if one.kind == "cards" and not one.operators]

    def sells_cards_of_operators(self) -> bool:
        """Say whether operators deliver some of the cards that are sold."""
        return any(one.kind == "cards" and one.operators for one in self.goods)


def load(path: Path) -> tuple[Target, document.Document]:
    """Read a target file, and what it means beyond its shape.

    Raises:
        UsageError: with file, line, column and the nearest valid word.
    """
    doc = document.load(path)
    target = doc.convert(Target)
    for key in ("goods", "gateways", "states"):
        if not getattr(target, key):
            raise doc.wrong((key,), "at least one entry is needed")
    for key in ("card_stock", "adapter"):
        named = getattr(target, key)
        if named and not (path.parent / named).is_file():
            raise doc.wrong((key,), f"there is no file {path.parent / named}")
    _check_announces(doc, target)
    check_compensation(doc, target)
    check_rules(doc, target)
    check_strangers(doc, target)
    check_forbidden(doc, target)
    names = None if target.adapter else _names(doc, target)
    _check_requests(doc, target, names)
    _check_bill(doc, target)
    check_wallet(doc, target)
    check_session(doc, target.session.send, target.session.ended_when, names)
    check_batches(doc, target.batch, target.batch_status, target.batch_line, names)
    check_refusal(doc, ("refusals", "limit"), target.refusals.limit)
    check_refusal(doc, ("refusals", "missing"), target.refusals.missing)
    _check_dependencies(doc, target)
    check_goods(doc, target)
    check_commands(doc, target)
    return target, doc


def _check_requests(doc: document.Document, target: Target, names: Names | None) -> None:
    """Refuse requests that cannot be read, or ask for what nothing is called; those in pages may ask for more."""
    said, of_page = _said(target), names and names.plus("page")
    check_list(doc, said.pop(("order_list",)), of_page)
    check_steps(doc, {("bill",): said.pop(("bill",))}, of_page and of_page.plus("day"))
    check_steps(doc, {(WALLET, "read"): said.pop((WALLET, "read"))}, of_page)
    check_steps(doc, said, names)


def _check_dependencies(doc: document.Document, target: Target) -> None:
    """Refuse a dependency with a name that strikes call somebody else by, and two that want one port."""
    ports: dict[int, str] = {}
    for name, one in target.dependencies.items():
        if name in {*_PARTIES, *target.gateways, *target.operators}:
            raise doc.wrong(("dependencies", name), f"{name!r} is somebody else's name already")
        if one.listen and one.listen in ports:
            taken = f"{one.listen} is the port of dependencies.{ports[one.listen]} already"
            raise doc.wrong(("dependencies", name, "listen"), taken)
        ports[one.listen] = name


def _check_announces(doc: document.Document, target: Target) -> None:
    """Refuse messages that are promised and that nobody of ours could hear."""
    if target.promises.announces != Announces() and not target.channels:
        raise doc.wrong(("promises", "announces"), "no `channels` through which we could hear it")


def _check_bill(doc: document.Document, target: Target) -> None:
    """Refuse a bill without lines, and lines without a bill."""
    if target.bill is None and target.bill_lines is None:
        return
    if target.bill is None:
        raise doc.wrong(("bill_lines",), "no `bill` that these lines are of")
    if target.bill_lines is None:
        raise doc.wrong(("bill",), "no `bill_lines` that say what stands where in a line")
    if not target.adapter and "lines" not in steps_of(target.bill)[-1].take:
        raise doc.wrong(("bill",), "the last step of a bill takes `lines`")


def _said(target: Target) -> dict[tuple[str | int, ...], Steps | None]:
    """Return all requests of a target, and where in its file they stand."""
    session, control = target.session, target.control
    return {
        ("session", "register"): session.register,
        ("session", "login"): session.login,
        ("control", "health"): control.health if control else None,
        **{(name,): target.call(name) for name in CALLS if name not in WALLET_CALLS},
        **dict(steps_by_place(target.wallet)),
    }


def _names(doc: document.Document, target: Target) -> Names:
    """Return all that templates may ask for."""
    taken = {name for said in _said(target).values() for one in steps_of(said) for name in one.take}
    apart = bool(target.source_addresses)
    customer, lacking = _accounts.names(doc, target.accounts, apart=apart)
    return Names(
        {"channel", "token", "order_no", "lines", *MOMENTS, *taken},
        {
            "customer": customer,
            "intent": {"account", "token", "quantity", "amount"},
            "goods": {"id", "title", "price", "face", "price_fen", "face_fen"}
            | {name for one in target.goods for name in one.values},
        },
        lacking,
    )


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
