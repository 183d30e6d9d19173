"""What all customers of a worker share."""

from collections.abc import Mapping

import msgspec

from harness.core.journal import Journal
from harness.traffic.bank import Bank
from harness.traffic.counter import Counter
from harness.traffic.intents import Goods
from harness.traffic.sessions import Sessions


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What all customers of a worker share; `channels` maps gateways to the platform's names for them."""

    counter: Counter
    bank: Bank
    sessions: Sessions
    journal: Journal
    channels: dict[str, str]
    time_scale: float
    dearer: Mapping[str, Goods] = {}
    """Goods, and what costs more than they: themselves where more of them are meant."""
    messages: bool = False
    """The platform tells customers something, through a channel that we hear."""
