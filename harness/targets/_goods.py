"""What a platform sells, and which operator's product is behind it."""

from typing import Literal

import msgspec

from harness.core.units import fen_from_yuan


class Supply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operator's product behind some goods; `cost` in yuan."""

    product: str
    cost: str

    def __post_init__(self) -> None:
        fen_from_yuan(self.cost)


class Goods(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the platform sells; `price` and `face` in yuan."""

    id: str
    kind: Literal["phone", "game", "member", "cards", "topup"]
    """topup: money in the customer's own wallet with the platform, as much as `face` says."""
    price: str
    face: str
    title: str = ""
    values: dict[str, str] = {}
    """Whatever else the platform's requests must say of it, as `{{goods.NAME}}`."""
    operators: dict[str, Supply] = {}

    def __post_init__(self) -> None:
        if fen_from_yuan(self.price) <= 0 or fen_from_yuan(self.face) <= 0:
            raise ValueError("price and face above 0")

    @property
    def price_fen(self) -> int:
        """What one customer pays, in fen."""
        return fen_from_yuan(self.price)
