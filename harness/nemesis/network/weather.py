"""The weather on the links: which strikes are on, and what they make of one connection."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from harness.core.chance import chance
from harness.core.clock import now_ns
from harness.faults._link import GOOD, LinkFault, LinkStrike, Manner, any_link_fault


class Bearing(msgspec.Struct, frozen=True):
    """What the weather of this moment means for one connection."""

    up: Manner = GOOD
    down: Manner = GOOD
    struck: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()


CALM = Bearing()


class Weather:
    """Turns strikes on and off by the clock, and tells whoever watches that it changed."""

    def __init__(self, strikes: Sequence[LinkStrike], seed: int) -> None:
        """Take the strikes.

        Raises:
            ValueError: a fault is none of ours.
        """
        self._seed = seed
        self._all = [
            (strike, msgspec.convert(strike.fault, any_link_fault())) for strike in strikes
        ]
        self._on: list[tuple[LinkStrike, LinkFault]] = []
        self._timers: list[asyncio.TimerHandle] = []
        self._watchers: list[Callable[[], None]] = []

    def watch(self, changed: Callable[[], None]) -> None:
        """Have a function called after every change."""
        self._watchers.append(changed)

    def begin(self, t0_ns: int) -> None:
        """Take the instant at which the first arrival is due; windows count from it."""
        loop = asyncio.get_running_loop()
        for strike, fault in self._all:
            start_ms, end_ms = strike.window_ms or (0.0, None)
            wait_s = (t0_ns - now_ns()) / 1e9
            pair = (strike, fault)
            self._timers.append(
                loop.call_later(max(0.0, wait_s + start_ms / 1e3), self._turn_on, pair)
            )
            if end_ms is not None:
                self._timers.append(
                    loop.call_later(max(0.0, wait_s + end_ms / 1e3), self._turn_off, pair)
                )

    def heal(self) -> None:
        """Turn every strike off, for good."""
        for timer in self._timers:
            timer.cancel()
        self._on = []
        self._changed()

    def bearing(self, link: str, number: int) -> Bearing:
        """Return what is on for connection `number` of a link; keyed chance says whom a strike meets."""
        struck: list[str] = []
        spared: list[str] = []
        manners: dict[Literal["up", "down"], Manner] = {"up": GOOD, "down": GOOD}
        for strike, fault in self._on:
            if link not in strike.links:
                continue
            if chance(self._seed, strike.id, link, number) >= strike.share:
                spared.append(strike.id)
                continue
            struck.append(strike.id)
            for direction, manner in manners.items():
                if fault.meets(direction):
                    manners[direction] = fault.bend(manner)
        if not struck and not spared:
            return CALM
        return Bearing(manners["up"], manners["down"], tuple(struck), tuple(spared))

    def _turn_on(self, pair: tuple[LinkStrike, LinkFault]) -> None:
        self._on.append(pair)
        self._changed()

    def _turn_off(self, pair: tuple[LinkStrike, LinkFault]) -> None:
        if pair in self._on:
            self._on.remove(pair)
            self._changed()

    def _changed(self) -> None:
        for changed in self._watchers:
            changed()
