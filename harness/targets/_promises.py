"""What a platform promises its customers, in its own time; only what is promised is judged."""

import msgspec

from harness.core.units import duration_ms, fen_from_yuan
from harness.targets._announces import Announces
from harness.targets._compensation import Compensation
from harness.targets._forbidden import Forbidden
from harness.targets._rules import SettleRule, zone_of
from harness.targets._words import Condition


class Throttles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After so many wrong passwords for an account within a span, the next is not even looked at."""

    logins: int
    per: str

    def __post_init__(self) -> None:
        duration_ms(self.per)
        if self.logins < 1:
            raise ValueError("at least 1 login")


class PerAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From one address so many orders are taken within a span; more are refused before payment."""

    orders: int
    per: str

    def __post_init__(self) -> None:
        duration_ms(self.per)
        if self.orders < 1:
            raise ValueError("at least 1 order")


class Refusals(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a refusal looks like, by why; other refusals look otherwise."""

    limit: Condition | None = None
    """To `place`: the order is above the limit of the customer."""
    missing: Condition | None = None
    """To `status` or `ticket_state`: there is no such order, or ticket. HTTP 404 and 410 always mean that."""


class Promises(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the platform promises its customers, in its own time."""

    settle_within: str = "30m"
    settle_rules: list[SettleRule] = []
    """Orders that may take longer, or less: the first that fits one says how long."""
    offset: str = "+08:00"
    """Of the platform's day from UTC."""
    complaint_answered_within: str = ""
    """How long a complaint at a gateway may wait for an answer; empty where nothing is promised."""
    ticket_answered_within: str = ""
    """How long a ticket may wait for an answer."""

    limit_unverified: str = ""
    """In yuan: the most that a customer without a real name may order at once; more is refused before payment."""

    forbidden: list[Forbidden] = []
    """Channels that some orders must never go through."""

    limit_new_device: str = ""
    """In yuan: the most that may be ordered from a device that is new for its customer."""
    per_address: PerAddress | None = None

    throttles: Throttles | None = None
    card_passwords: bool | None = None
    """An order shows the passwords of its cards, too; false where customers get them in another way."""
    announces: Announces = Announces()
    """What customers are told, and when; needs a channel."""
    compensation: Compensation | None = None
    """What is owed for goods that came late."""

    def __post_init__(self) -> None:
        duration_ms(self.settle_within)
        zone_of(self.offset)
        self.further()

    def further(self) -> dict[str, float]:
        """Return every promise but the first that is made: by name: spans in upstream ms, amounts in fen."""
        spans = {
            "complaint_answered_within": self.complaint_answered_within,
            "ticket_answered_within": self.ticket_answered_within,
        }
        found = {name: duration_ms(text) for name, text in spans.items() if text}
        if self.limit_unverified:
            found["limit_unverified"] = float(fen_from_yuan(self.limit_unverified))
        if self.limit_new_device:
            found["limit_new_device"] = float(fen_from_yuan(self.limit_new_device))
        if self.per_address:
            found["address_orders"] = float(self.per_address.orders)
            found["address_per"] = duration_ms(self.per_address.per)
        if self.card_passwords is not None:
            found["card_passwords"] = float(self.card_passwords)
        if self.throttles:
            found["throttled_logins"] = float(self.throttles.logins)
            found["throttled_per"] = duration_ms(self.throttles.per)
        return found
