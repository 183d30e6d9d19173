"""Keys that change in the middle of a run: which legs feel it, and what the next keys are.

What is shared with the platform (`secrets`) signs what is asked and told, and the platform's requests are taken with
either one. The upstream's own pair (`own_keys`) signs what is answered and told, and the platform has its own, which
stays.
"""

from hashlib import sha256
from typing import TYPE_CHECKING

from harness.core.delivery import Leg
from mock_upstreams.gateways._rsa_keys import made_key, private_pem

if TYPE_CHECKING:
    from mock_upstreams.dialect import Dialect


def legs(dialect: "type[Dialect]") -> frozenset[Leg]:
    """Return the legs on which a change of keys is felt."""
    if not dialect.secrets and not dialect.own_keys:
        return frozenset()
    felt = {
        Leg.REQUEST: bool(dialect.secrets),
        Leg.REPLY: dialect.seals,
        Leg.NOTIFY: bool(dialect.notifies),
    }
    return frozenset(leg for leg, is_so in felt.items() if is_so)


def renewed(dialect: "Dialect") -> dict[str, str]:
    """Return the settings of the keys that come next; what belongs to a pair and is empty is made anew."""
    known = {**dialect.settings, **dialect.credentials()}
    pairs = dict.fromkeys(dialect.own_keys, "")
    for name in dialect.own_keys:
        if name.endswith("private_key"):
            pairs[name] = private_pem(made_key(f"next {name}"))
    return {name: _next(known[name]) for name in dialect.secrets} | pairs


def _next(key: str) -> str:
    """Return another key of the same length, in hex digits, which every upstream takes."""
    return (sha256(key.encode()).hexdigest() * len(key))[: len(key)]
