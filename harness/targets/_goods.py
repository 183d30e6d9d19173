"""What a platform sells, and which operator's product is behind it."""

from typing import Any, Literal

import msgspec

from harness.core.units import fen_from_yuan

MOST = 1_000
"""More of one thing nobody orders at once."""


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
    most: int = 1
    """How many of it one order may be for."""

    def __post_init__(self) -> None:
        if fen_from_yuan(self.price) <= 0 or fen_from_yuan(self.face) <= 0:
            raise ValueError("price and face above 0")
        if not 1 <= self.most <= MOST:
            raise ValueError(f"most between 1 and {MOST}, not {self.most}")

    @property
    def price_fen(self) -> int:
        """What one customer pays, in fen."""
        return fen_from_yuan(self.price)

    def told(self) -> dict[str, Any]:
        """Return what templates may ask of it."""
        said: dict[str, Any] = {"id": self.id, "title": self.title or self.id}
        said |= {"price": self.price, "face": self.face}
        said |= {"price_fen": self.price_fen, "face_fen": fen_from_yuan(self.face)}
        return said | self.values
