"""Channels that some orders must never go through (禁用渠道): an operator for some goods, a gateway for others."""

import re

import msgspec

from harness.core.plan import Banned
from harness.core.units import fen_from_yuan


class Forbidden(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all of this fits is never submitted to the operator, or never charged through the gateway."""

    operator: str = ""
    gateway: str = ""
    goods: list[str] = []
    """Ids of goods; all unless said."""
    above: str = ""
    """Only orders above this price, in yuan."""
    accounts: str = ""
    """Only accounts in which this regular expression is found, such as `^13[0-2]`: a region, a network."""

    def __post_init__(self) -> None:
        if bool(self.operator) is bool(self.gateway):
            raise ValueError("either an operator or a gateway")
        if self.above:
            fen_from_yuan(self.above)
        try:
            re.compile(self.accounts)
        except re.error as error:
            raise ValueError(f"`accounts` is a regular expression: {error}") from None

    def banned(self) -> Banned:
        """Return it as the law reads it."""
        return Banned(
            side="operator" if self.operator else "gateway",
            channel=self.operator or self.gateway,
            goods=tuple(self.goods),
            above_fen=fen_from_yuan(self.above) if self.above else 0,
            accounts=self.accounts,
        )
