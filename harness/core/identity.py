"""Accounts that carry their intent's number, so that ledgers join without the platform's help.

An operator sees the account that it recharges, a gateway often sees it in a subject or remark. Each account ends in
eight digits that are the intent's number under a keyed permutation (a Feistel network over two times four
decimal digits), so it looks like any other, is unique to its intent, and can be read back with the seed
alone. `intent_of` refuses what no intent of the run could have.
"""

import re
from array import array
from functools import lru_cache

from harness.core.chance import keyed_int

DIGITS = 8
_HALF = 10**4
_ROUNDS = 6
_MIDDLE = (1 << 40) - 1
"""The bits of a product of 64 that are taken, once the lowest 24 are gone: where multiplication mixes best."""
_RUN_OF_DIGITS = re.compile(r"(?<!\d)\d{8,13}(?!\d)")
"""As long as a phone number with its country's; what is longer is somebody's order number, which ends in anything."""


def tail_of(seed: int, intent: int) -> str:
    """Return the eight digits that stand for an intent; intents are below 10**8."""
    left, right = divmod(intent, _HALF)
    for factor in _factors(seed):
        left, right = right, (left + ((right + 1) * factor >> 24 & _MIDDLE)) % _HALF
    return f"{left * _HALF + right:0{DIGITS}d}"


def intent_of(seed: int, intents: int, text: str) -> int | None:
    """Return the intent whose eight digits end a run of digits in `text`, or None if no such intent exists.

    A stray number is taken for an intent with probability intents / 10**8.
    """
    for digits in _RUN_OF_DIGITS.findall(text):
        intent = _intent_of_tail(seed, int(digits[-DIGITS:]))
        if intent < intents:
            return intent
    return None


def _intent_of_tail(seed: int, tail: int) -> int:
    # Six rounds, written out since every create of a mock undoes them.
    sixth, fifth, fourth, third, second, first = backwards(seed)
    left, right = divmod(tail, _HALF)
    right = (right - sixth[left]) % _HALF
    left = (left - fifth[right]) % _HALF
    right = (right - fourth[left]) % _HALF
    left = (left - third[right]) % _HALF
    right = (right - second[left]) % _HALF
    return (left - first[right]) % _HALF * _HALF + right


@lru_cache(maxsize=16)
def backwards(seed: int) -> "tuple[array[int], ...]":
    """Return what each round adds, the last round first, for every half: a process reads back thousands a second."""
    return tuple(
        array("H", [((half + 1) * factor >> 24 & _MIDDLE) % _HALF for half in range(_HALF)])
        for factor in reversed(_factors(seed))
    )


@lru_cache(maxsize=16)
def _factors(seed: int) -> tuple[int, ...]:
    """Return what each round multiplies a half by, to spread it over 64 bits."""
    keys = [keyed_int(seed, "account", step) | 1 for step in range(_ROUNDS)]
    return tuple(key * (key >> 7 | 1) & 0xFFFFFFFFFFFFFFFF for key in keys)
