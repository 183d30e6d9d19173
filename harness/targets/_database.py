"""The platform's own database, and the doors of the mocks: what a target file says of both."""

from typing import Literal

import msgspec

from harness.targets._words import Secret


class Database(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The platform's own database, read once at the end: a URL of SQLAlchemy, and a query for each view.

    orders: order_no, paid, amount; cards: order_no, card; wallet and compensations: order_no, amount. Amounts are in
    the target's money.
    """

    url: Secret
    views: dict[Literal["orders", "cards", "wallet", "compensations"], str]

    def __post_init__(self) -> None:
        if not self.views:
            raise ValueError("at least one view of orders, cards, wallet and compensations")


class Doors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mocks under the real host names (docs/upstreams.md): for SDKs with the host built in."""

    ca: str
    """The folder of the certificate authority, beside the target file unless absolute."""
    tls_port: int = 0
    plain_port: int = 0
