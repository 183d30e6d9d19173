"""What all customers of a worker share."""

import msgspec

from harness.core.journal import Journal
from harness.traffic.bank import Bank
from harness.traffic.counter import Counter
from harness.traffic.sessions import Sessions


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What all customers of a worker share; `channels` maps gateways to the platform's names for them."""

    counter: Counter
    bank: Bank
    sessions: Sessions
    journal: Journal
    channels: dict[str, str]
    time_scale: float
    messages: bool = False
    """The platform tells customers something, through a channel that we hear."""
