"""Amounts as operators' wires write them."""

from decimal import ROUND_FLOOR, Decimal, InvalidOperation

from harness.core.units import yuan_from_fen

_MOST_FEN = 10**12


def yuan_4(fen: int) -> str:
    """Write 300 fen as `3.0000`."""
    return f"{yuan_from_fen(fen)}00"


def cap_fen(text: str) -> int:
    """Read the highest price that is accepted, in yuan, as whole fen rounded down; nothing means any, which is 0.

    Raises:
        ValueError: the text is no amount above zero of a sane size.
    """
    if not text.strip():
        return 0
    try:
        fen = Decimal(text.strip()) * 100
    except InvalidOperation:
        raise ValueError(f"an amount in yuan such as 19.90, not {text!r}") from None
    if not fen.is_finite() or not 1 <= fen <= _MOST_FEN:
        raise ValueError(f"an amount in yuan above zero, not {text!r}")
    return int(fen.to_integral_value(ROUND_FLOOR))


def count_of(text: str) -> int:
    """Read how many units are ordered.

    Raises:
        ValueError: the text is no number from 1 to 100,000.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= 100_000):
        raise ValueError(f"a number of units from 1 to 100000, not {text[:20]!r}")
    return int(text)


def numeral(text: str) -> int | str:
    """Return a text of digits as the number that it is on the wire, any other as it is."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text
