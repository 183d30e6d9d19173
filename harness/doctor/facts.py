"""What was gathered of one order on its way: what platform and payer answered, and what the mocks wrote down."""

from typing import Any, Literal

import msgspec

from harness.core.event import Event
from harness.targets._bill import BillLines


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one call to the platform came to, and its last request and answer as text, secrets masked."""

    name: str
    outcome: Literal["ok", "fail", "unknown"]
    reason: str = ""
    status: int = 0
    values: dict[str, Any] = {}
    ended: bool = False
    sent: bool = True
    request: str = ""
    reply: str = ""
    body: str = ""


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer's bank app showed."""

    outcome: str
    reason: str = ""


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of goods through one gateway."""

    goods: str
    kind: str
    price_fen: int
    gateway: str
    operators: tuple[str, ...] = ()
    products: dict[str, str] = {}
    """By operator: what the target file says that the goods are called there."""
    account: str = ""
    passwords: bool = False
    """Passwords of cards are expected to be shown."""
    channels: tuple[str, ...] = ()
    """Message channels, if the platform promises to tell through one how orders end."""

    @property
    def name(self) -> str:
        """Return how people call it."""
        return f"{self.goods} ({self.kind}) × {self.gateway}"


class Order(msgspec.Struct, kw_only=True):
    """One order on its way, filled in as it goes on; `at` is its intent, `customer` whose it is."""

    at: int
    chain: Chain
    customer: int = 0
    calls: dict[str, Told] = {}
    """By name; of status the last one."""
    order_no: str = ""
    pay_url: str = ""
    payment: Payment | None = None

    @property
    def paid(self) -> bool:
        """Say whether it has a number and its payer was told that the money is gone."""
        return bool(self.order_no) and self.payment is not None and self.payment.outcome == "ok"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one chain; `rows` are those of the mocks' ledgers that belong to its order."""

    chain: Chain
    base_url: str
    unhealthy: str = ""
    """Why the platform did not become healthy."""
    ended: str = ""
    """The last words of a platform that ended by itself while it was looked at."""
    calls: dict[str, Told] = {}
    """By name; of status the last one."""
    has_login: bool = True
    pay_url: str = ""
    gateway_urls: dict[str, str] = {}
    payment: Payment | None = None
    rows: tuple[Event, ...] = ()
    unreadable: dict[str, str] = {}
    """By upstream: its answer to a request that it could not read, or whose signature was wrong."""
    waited_s: float = 0.0

    @property
    def name(self) -> str:
        """Return how people call it."""
        return self.chain.name

    def of(self, kind: str, *sides: str) -> list[Event]:
        """Return the rows of a kind, of some vantages if they are named."""
        return [r for r in self.rows if r.kind == kind and (not sides or r.vantage in sides)]


class BatchFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one batch; each line is an order like any other, which `batch` placed."""

    gateway: str
    base_url: str
    unhealthy: str = ""
    ended: str = ""
    calls: dict[str, Told] = {}
    """register, login, batch and batch_status, of which the last one."""
    lines: tuple[Facts, ...] = ()
    at_once: bool = False
    """The whole was paid by one link that `batch` gave out: no line has a payment of its own."""
    waited_s: float = 0.0

    @property
    def name(self) -> str:
        """Return how people call it."""
        return f"batch × {self.gateway}"


class BillFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of today's bill, and the paid orders that may be in it."""

    base_url: str
    said: BillLines
    unhealthy: str = ""
    ended: str = ""
    calls: dict[str, Told] = {}
    orders: tuple[Order, ...] = ()
    costs_fen: dict[str, tuple[int, ...]] = {}
    """By goods: what operators charge for them."""
    name: str = "bill"


class WalletFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a customer's wallet, and the order that was paid from it."""

    base_url: str
    unhealthy: str = ""
    ended: str = ""
    calls: dict[str, Told] = {}
    topup: Order | None = None
    """One that was paid, and should be in it."""
    face_fen: int = 0
    """What that brings."""
    bought: Order | None = None
    name: str = "wallet"


Found = Facts | BatchFacts | BillFacts | WalletFacts


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """The first step of a chain that went wrong: a key of words.STEPS, what fills it in, and the call to show."""

    step: str
    says: dict[str, str] = {}
    call: Told | None = None
    line: int = 0
    """Of a batch: which of its lines it is, from 1."""
