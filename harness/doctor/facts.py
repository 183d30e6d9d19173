"""What was gathered of one order on its way: what platform and payer answered, and what the mocks wrote down."""

from typing import Any, Literal

import msgspec

from harness.core.event import Event


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
    channels: tuple[str, ...] = ()
    """Message channels, if the platform promises to tell through one how orders end."""

    @property
    def name(self) -> str:
        """Return how people call it."""
        return f"{self.goods} ({self.kind}) × {self.gateway}"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one chain; `rows` are those of the mocks' ledgers that belong to its order."""

    chain: Chain
    base_url: str
    unhealthy: str = ""
    """Why the platform did not become healthy."""
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

    def of(self, kind: str, *sides: str) -> list[Event]:
        """Return the rows of a kind, of some vantages if they are named."""
        return [r for r in self.rows if r.kind == kind and (not sides or r.vantage in sides)]


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """The first step of a chain that went wrong: a key of words.STEPS, what fills it in, and the call to show."""

    step: str
    says: dict[str, str] = {}
    call: Told | None = None
