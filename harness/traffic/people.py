"""The customers who have accounts on the platform: invented, the same for the same seed.

A customer's phone ends in eight digits that stand for a number near 10**8 under the permutation that marks accounts
(harness/core/identity.py), far above any intent, so that no ledger can take a customer's own phone for an
account that something was recharged to.
"""

from functools import lru_cache

import msgspec
from faker import Faker

from harness.core.chance import keyed_int
from harness.core.identity import DIGITS, tail_of

PHONE_PREFIXES = (
    *("134", "135", "136", "137", "138", "139", "150", "151", "152", "157", "158", "159"),
    *("182", "183", "184", "187", "188", "130", "131", "132", "155", "156", "185", "186"),
    *("133", "153", "180", "181", "189"),
)
"""Source: the mobile number ranges of China Mobile, China Unicom and China Telecom as Faker's zh_CN phone provider
lists them, without the data-card ranges 145 and 147, which no one recharges by hand, and with 183 and 184."""


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """One person with an account on the platform."""

    number: int
    phone: str
    password: str
    name: str
    device: str = ""
    """What a platform may know this customer's own device by."""


def phone_ending(seed: int, tail: str) -> str:
    """Return a phone number of eleven digits with the given eight at its end."""
    return PHONE_PREFIXES[keyed_int(seed, "prefix", tail) % len(PHONE_PREFIXES)] + tail


def customer_of(seed: int, number: int) -> Customer:
    """Return customer `number` of a run."""
    invent = _faker()
    invent.seed_instance(keyed_int(seed, "customer", number))
    return Customer(
        number=number,
        phone=phone_ending(seed, tail_of(seed, 10**DIGITS - 1 - number)),
        password=f"Rc{keyed_int(seed, 'password', number):016x}",
        name=invent.name(),
        device=f"{keyed_int(seed, 'device', number):016x}",
    )


def nickname(*key: object) -> str:
    """Return an ASCII user name such as game and membership accounts have, the same for the same key."""
    invent = _faker()
    invent.seed_instance(keyed_int(*key))
    return str(invent.user_name())


@lru_cache(maxsize=1)
def _faker() -> Faker:
    """Build the one Faker of this process: it takes a quarter of a second, and is seeded before each use."""
    return Faker("zh_CN")
