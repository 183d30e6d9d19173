"""A strike: which deliveries a fault meets.

upstream leg op   where       wechat_pay.notify on refund; gateways.reply; operators.request on [submit, query]
share, attempts   how often   a keyed chance chooses orders; of a chosen order the first n attempts are struck
window            when        by the intended arrival of the order's intent, so that a run's timing cannot move an
                              order across the edge; by the clock for outages and changed keys, and where
                              the intent is unknown
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from harness.core.chance import Draws, chance, threshold
from harness.core.delivery import Delivery, Leg
from harness.faults import Fault, any_fault

ALL_ATTEMPTS = 1_000_000


class Strike(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One strike in machine form: all names resolved, all units in ms and shares of one."""

    id: str
    upstreams: tuple[str, ...]
    leg: Leg
    ops: tuple[str, ...]
    fault: dict[str, object]
    share: float = 1.0
    attempts: int = 1
    window_ms: tuple[float, float] | None = None
    by: Literal["arrival", "clock"] = "arrival"


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What an upstream knows when a delivery is planned; times are real ms since the first arrival was due."""

    upstream: str
    key: str
    """`i17` for intent 17, else the platform's own number: what keyed chance is keyed by."""
    clock_ms: float
    arrival_ms: float | None


class Armed:
    """A strike ready to be asked, with its fault built."""

    def __init__(self, strike: Strike, seed: int) -> None:
        self.strike = strike
        self.fault: Fault = msgspec.convert(strike.fault, any_fault())
        self._seed = seed
        self.draws = Draws(seed, strike.id)
        """What chance draws for an order's key: the strike spares it from `lowest_spared` on."""
        self.lowest_spared = threshold(strike.share)
        self._upstreams = frozenset(strike.upstreams)
        self._ops = frozenset(strike.ops)

    def eligible(self, planned: Delivery, moment: Moment) -> bool:
        """Say whether the strike's place and time fit, and its fault, chance aside."""
        return (
            planned.leg is self.strike.leg
            and planned.op in self._ops
            and moment.upstream in self._upstreams
            and self._in_window(moment)
            and self.fault.concerns(planned)
        )

    def chosen(self, planned: Delivery, moment: Moment) -> bool:
        """Say whether keyed chance gives this order to the strike, and this attempt is among those struck."""
        return not self.spares(planned.attempt, moment.key)

    def spares(self, attempt: int, key: str) -> bool:
        """Say the contrary of `chosen` by what it depends on, before anything else has to be known."""
        return attempt > self.strike.attempts or self.draws.octets(key) >= self.lowest_spared

    def deliveries(self, planned: Delivery, moment: Moment) -> tuple[Delivery, ...]:
        """Return what the fault makes of a delivery that it strikes."""

        def roll(name: str) -> float:
            key = (self._seed, self.strike.id, moment.key, planned.leg, planned.op)
            return chance(*key, planned.attempt, planned.copy, name)

        return tuple(map(self._gated, self.fault.strike(planned, roll)))

    def _gated(self, delivery: Delivery) -> Delivery:
        """Let those gather at a gate whom the same strike sent there."""
        gate = delivery.gate
        if gate is None or gate.id:
            return delivery
        return msgspec.structs.replace(
            delivery, gate=msgspec.structs.replace(gate, id=self.strike.id)
        )

    def _in_window(self, moment: Moment) -> bool:
        if self.strike.window_ms is None:
            return True
        at = moment.clock_ms
        if self.strike.by == "arrival" and moment.arrival_ms is not None:
            at = moment.arrival_ms
        return self.strike.window_ms[0] <= at < self.strike.window_ms[1]


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What all strikes together made of one planned delivery."""

    deliveries: tuple[Delivery, ...]
    struck: list[str]
    spared: list[str]


def apply(strikes: Sequence[Armed], planned: Delivery, moment: Moment) -> Outcome:
    """Pass a planned delivery through the strikes, in their order; each acts on all that the former left.

    A strike whose fault leaves everything as it was has spared it: only what happened may be counted.
    """
    deliveries: tuple[Delivery, ...] = (planned,)
    struck: list[str] = []
    spared: list[str] = []
    for armed in strikes:
        if not armed.eligible(planned, moment):
            continue
        if not armed.chosen(planned, moment):
            spared.append(armed.strike.id)
            continue
        made = tuple(d for one in deliveries for d in armed.deliveries(one, moment))
        (spared if made == deliveries else struck).append(armed.strike.id)
        deliveries = made
    return Outcome(deliveries, _shared(*struck), _shared(*spared))


@lru_cache(maxsize=1_024)
def _shared(*ids: str) -> list[str]:
    """Return one list for all who met the same strikes: a million may wait, and nobody changes an outcome."""
    return list(ids)
