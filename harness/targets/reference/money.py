"""Money is integer fen; yuan exist only on the wire, as text."""

import re

_YUAN = re.compile(r"(\d{1,9})(?:\.(\d{1,4}))?")


def yuan(fen: int) -> str:
    """Write fen as yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"


def fen(text: str) -> int:
    """Read yuan: "19.9", "19.90" and "19.9000" are 1990.

    Raises:
        ValueError: it is no amount of money, or has parts of a fen.
    """
    match = _YUAN.fullmatch(text)
    if match is None:
        raise ValueError(f"not an amount in yuan: {text!r}")
    decimals = (match[2] or "").ljust(4, "0")
    if decimals[2:] != "00":
        raise ValueError(f"parts of a fen in {text!r}")
    return int(match[1]) * 100 + int(decimals[:2])
