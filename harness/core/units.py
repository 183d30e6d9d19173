"""How people write durations, rates, shares and money, and how we count them.

Inside, time is whole or fractional milliseconds or integer nanoseconds, and money is integer fen.
"""

import re
from decimal import Decimal

_MS = {"ms": 1.0, "s": 1_000.0, "m": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(ms|s|m|h)")
MOST_DIGITS = 24
"""Longer amounts are nobody's money."""
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def duration_ms(text: str) -> float:
    """Read `250ms`, `1.5s`, `3m`, `1h30m` or `0`; return milliseconds.

    Raises:
        ValueError: the text is no duration.
    """
    clean = text.strip()
    if clean == "0":
        return 0.0
    parts = _DURATION.findall(clean)
    if not parts or "".join(n + u for n, u in parts) != clean:
        raise ValueError(f"a duration such as 250ms, 30s, 15m or 1h30m, not {text!r}")
    return sum(float(n) * _MS[u] for n, u in parts)


def rate_per_s(text: str) -> float:
    """Read `40/s` or `600/m`; return events a second.

    Raises:
        ValueError: the text is no rate.
    """
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"a rate such as 40/s or 600/m, not {text!r}")
    return float(match[1]) * 1_000.0 / _MS[match[2]]


def share_of_one(text: str) -> float:
    """Read `30%`; return 0.3.

    Raises:
        ValueError: the text is no percentage between 0% and 100%.
    """
    match = _SHARE.fullmatch(text.strip())
    if match is None or float(match[1]) > 100:
        raise ValueError(f"a share between 0% and 100%, not {text!r}")
    return float(match[1]) / 100.0


def window_ms(text: str) -> tuple[float, float]:
    """Read `2s..18s`; return both ends in milliseconds, the second after the first.

    Raises:
        ValueError: the text is no window, or ends before it starts.
    """
    start, dots, end = text.partition("..")
    if not dots:
        raise ValueError(f"a window such as 2s..18s, not {text!r}")
    window = duration_ms(start), duration_ms(end)
    if window[0] >= window[1]:
        raise ValueError(f"a window that ends after it starts, not {text!r}")
    return window


def fen_from_yuan(text: str) -> int:
    """Read `19.90` yuan; return 1990 fen. More than two decimals are allowed only when zero.

    Raises:
        ValueError: the text is no amount of whole fen.
    """
    clean = text.strip()
    if len(clean) > MOST_DIGITS:
        raise ValueError(f"an amount in yuan such as 19.90, not {clean[:MOST_DIGITS]!r}...")
    try:
        fen = Decimal(clean) * 100
    except ArithmeticError:
        raise ValueError(f"an amount in yuan such as 19.90, not {text!r}") from None
    # `1e300000` is short, too, and would be a number of a hundred kilobytes.
    if not fen.is_finite() or fen.adjusted() > MOST_DIGITS or fen != fen.to_integral_value():
        raise ValueError(f"an amount of whole fen such as 19.90, not {text!r}")
    return int(fen)


def yuan_from_fen(fen: int) -> str:
    """Write 1990 fen as `19.90`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
