"""The weather on the links: which strikes are on, and what they make of one connection."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from harness.core.chance import chance
from harness.core.clock import now_ns
from harness.faults._link import GOOD, LinkFault, LinkStrike, Manner, any_link_fault
from harness.handles import HandleError
from harness.handles.toxiproxy import Toxiproxy
from harness.nemesis.network.lanes import Lanes


class Bearing(msgspec.Struct, frozen=True):
    """What the weather of this moment means for one connection."""

    up: Manner = GOOD
    down: Manner = GOOD
    struck: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()


CALM = Bearing()


class Weather:
    """Turns strikes on and off by the clock, and tells whoever watches that it changed."""

    def __init__(
        self,
        strikes: Sequence[LinkStrike],
        seed: int,
        toxiproxy: Toxiproxy | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Take the strikes, the Toxiproxy that makes bad weather if there is one, and whom to tell if it cannot.

        Raises:
            ValueError: a fault is none of ours.
        """
        self._seed = seed
        self._all = [
            (strike, msgspec.convert(strike.fault, any_link_fault())) for strike in strikes
        ]
        faults = {strike.id: fault for strike, fault in self._all}
        self._lanes = Lanes(toxiproxy, faults) if toxiproxy is not None else None
        self._tell = failed
        self._healed = False
        self._turning: set[asyncio.Task[None]] = set()
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
        self._healed = True
        for timer in self._timers:
            timer.cancel()
        self._on = []
        self._changed()

    async def mend(self) -> None:
        """Heal, and return once no toxic is left either."""
        self.heal()
        if self._lanes is not None:
            for strike, _ in self._all:
                await self._lanes.turn(strike.id, on=False)

    async def way(self, link: str, number: int, server: tuple[str, int]) -> tuple[str, int]:
        """Return where connection `number` of a link goes on to: the server, or a Toxiproxy's lane to it.

        Raises:
            HandleError: the Toxiproxy cannot make the lane.
        """
        chosen = tuple(
            strike.id
            for strike, _ in self._all
            if self._lanes is not None
            and self._lanes.takes(strike.id)
            and link in strike.links
            and self._meets(strike, link, number)
        )
        if self._lanes is None or not chosen or self._healed:
            return server
        host, port = server
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            return await self._lanes.lane(link, chosen, where)
        except HandleError as error:
            self._failed(error)
            raise

    def _failed(self, error: HandleError) -> None:
        if self._tell is not None:
            self._tell(error)

    def _meets(self, strike: LinkStrike, link: str, number: int) -> bool:
        return chance(self._seed, strike.id, link, number) < strike.share

    def bearing(self, link: str, number: int) -> Bearing:
        """Return what is on for connection `number` of a link; keyed chance says whom a strike meets."""
        struck: list[str] = []
        spared: list[str] = []
        manners: dict[Literal["up", "down"], Manner] = {"up": GOOD, "down": GOOD}
        for strike, fault in self._on:
            if link not in strike.links:
                continue
            if not self._meets(strike, link, number):
                spared.append(strike.id)
                continue
            struck.append(strike.id)
            if self._lanes is not None and self._lanes.takes(strike.id):
                continue
            for direction, manner in manners.items():
                if fault.meets(direction):
                    manners[direction] = fault.bend(manner)
        if not struck and not spared:
            return CALM
        return Bearing(manners["up"], manners["down"], tuple(struck), tuple(spared))

    def _turn_on(self, pair: tuple[LinkStrike, LinkFault]) -> None:
        self._after_toxics(pair, self._is_on, on=True)

    def _turn_off(self, pair: tuple[LinkStrike, LinkFault]) -> None:
        self._after_toxics(pair, self._is_off, on=False)

    def _is_on(self, pair: tuple[LinkStrike, LinkFault]) -> None:
        if not self._healed:
            self._on.append(pair)
            self._changed()

    def _is_off(self, pair: tuple[LinkStrike, LinkFault]) -> None:
        if pair in self._on:
            self._on.remove(pair)
            self._changed()

    def _after_toxics(
        self,
        pair: tuple[LinkStrike, LinkFault],
        then: Callable[[tuple[LinkStrike, LinkFault]], None],
        *,
        on: bool,
    ) -> None:
        """Change the weather once the Toxiproxy's lanes have changed, so that nobody counts as struck who was not."""
        lanes, strike = self._lanes, pair[0].id
        if lanes is None or not lanes.takes(strike):
            then(pair)
            return

        async def turn() -> None:
            try:
                await lanes.turn(strike, on=on)
            except HandleError as error:
                self._failed(error)
            else:
                then(pair)

        task = asyncio.get_running_loop().create_task(turn())
        self._turning.add(task)
        task.add_done_callback(self._turning.discard)

    def _changed(self) -> None:
        for changed in self._watchers:
            changed()
