"""A price that the customer's own request says, lowered before it is sent: hidden fields, JSON, the query.

Whatever says the listed price, in yuan or in fen, says a fen instead, in the same unit. What could as well be the face
value is left alone: of "50" nobody can say whether it is what is bought or what it costs. So is a bare "1" of goods for
one yuan, which may be how many.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

HAGGLES = "haggles"
"""In the scope of a call: whoever makes it lowers the price that it says."""
_FEN = Decimal("0.01")
_COUNTED = 10
"""Whole numbers below this may count something."""


def lowered(said: Any, price_fen: int, face_fen: int) -> Any:
    """Return what is sent, with a fen for the price wherever it stands."""
    if isinstance(said, Mapping):
        return {name: lowered(value, price_fen, face_fen) for name, value in said.items()}
    if isinstance(said, list):
        return [lowered(value, price_fen, face_fen) for value in said]
    number = _number(said)
    if number is None or number in {Decimal(face_fen), face_fen * _FEN}:
        return said
    if number == price_fen * _FEN and not (number < _COUNTED and "." not in str(said)):
        return "0.01" if isinstance(said, str) else float(_FEN)
    return type(said)(1) if number == price_fen else said


def _number(said: Any) -> Decimal | None:
    """Return the number that something is or says; None for truth values, words and what else there is."""
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    try:
        number = Decimal(str(said).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
