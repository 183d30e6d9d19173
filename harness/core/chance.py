"""Keyed chance: a draw is a function of what it is about, never of when it is asked.

`chance(seed, strike, order, leg, attempt)` is a BLAKE2b hash brought to [0, 1). No module draws from a shared
random stream, so the same seed strikes the same orders with 1 worker or 64, under any interleaving, and
still when other faults or orders are taken away.
"""

from hashlib import blake2b
from math import ceil

_TWO_53 = float(1 << 53)


def keyed_int(*key: object) -> int:
    """Return 64 bits that depend on the key's parts, their order and nothing else."""
    text = "\x1f".join(map(str, key)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def chance(*key: object) -> float:
    """Return a number in [0, 1), uniform over keys, the same for the same key for ever."""
    return (keyed_int(*key) >> 11) / _TWO_53


class Draws:
    """Chances whose keys differ in their last part only: `Draws(seed, strike)(order)` is `chance(seed, strike, order)`.

    What the keys have in common is hashed once, so that a draw costs a third.
    """

    __slots__ = ("begun",)

    def __init__(self, *begin: object) -> None:
        text = "".join(f"{part}\x1f" for part in begin)
        self.begun = blake2b(text.encode(), digest_size=8)
        """To be copied, and the copy updated with the last part."""

    def __call__(self, last: str) -> float:
        """Return a number in [0, 1)."""
        return (int.from_bytes(self.octets(last), "big") >> 11) / _TWO_53

    def octets(self, last: str) -> bytes:
        """Return the eight bytes that the number is made of, to be compared with those of a `threshold`."""
        whole = self.begun.copy()
        whole.update(last.encode())
        return whole.digest()


def threshold(share: float) -> bytes:
    """Return the bytes from which on a draw is at least `share`, so that to compare them is to compare the numbers.

    A share of 1 or more has bytes that no draw reaches.
    """
    lowest = ceil(share * _TWO_53) << 11
    return lowest.to_bytes(8, "big") if lowest < 1 << 64 else b"\xff" * 9
