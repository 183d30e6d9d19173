"""Strikes on what runs (processes, containers): by the clock or at an order's phase, and always undone.

    strike on  --> kill, stop, pause, disconnect, run     at its time, or once so many orders have come so far
    strike off --> what takes that back                   after its span, at heal, and when the run ends

What it is that is struck, a command of ours or something behind a handle, is `held.py`'s affair; if the supervisor
dies, the guard undoes.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from harness.core.clock import now_ns, tick_s
from harness.core.errors import ChaosError
from harness.core.event import Event
from harness.faults._host import HostFault, HostStrike, any_host_fault
from harness.nemesis.held import Detail, Held
from harness.nemesis.phases import Phases

LOOK_S = 0.01


class Hosts:
    """The nemesis of whatever can be held; one strike at a time on each who."""

    def __init__(
        self,
        strikes: Sequence[HostStrike],
        *,
        journals: list[Path],
        write: Callable[[Event], None],
        held: Mapping[str, Sequence[Held]],
    ) -> None:
        """Take the strikes, where the upstreams write, where to write, and who is there: the instances of each."""
        self._strikes = strikes
        self._journals = journals
        self._write = write
        self._held = held
        self._tasks: list[asyncio.Task[None]] = []
        self._undo: dict[tuple[str, str, int], Callable[[], Awaitable[None]]] = {}
        self._one: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._failed: ChaosError | None = None

    def begin(self, t0_ns: int) -> None:
        """Count from the instant at which the first arrival is due."""
        for strike in self._strikes:
            self._tasks.append(asyncio.get_running_loop().create_task(self._run(strike, t0_ns)))

    async def heal(self) -> None:
        """Take what has not struck yet away, and undo what did, or wait until it is undone.

        Raises:
            ChaosError: something did not come back, now or earlier. Whatever nobody foresaw in a strike is raised too.
        """
        unforeseen = await self.stand_down()
        for undo in self._undo.values():
            try:
                await undo()
            except Exception as error:  # noqa: BLE001 - the others are undone first
                unforeseen.append(error)
        if unforeseen:
            raise unforeseen[0]
        if self._failed is not None:
            raise self._failed

    async def stand_down(self) -> list[Exception]:
        """Let nothing that has not struck yet strike any more; return what nobody foresaw, to be told after undoing."""
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        return [one for one in ended if isinstance(one, Exception)]

    async def _run(self, strike: HostStrike, t0_ns: int) -> None:
        fault: HostFault = msgspec.convert(strike.fault, any_host_fault())
        await asyncio.sleep(max(0.0, (t0_ns - now_ns()) / 1e9 + strike.at_ms / 1e3))
        if strike.phase is not None:
            phases = Phases(self._journals)
            while phases.count(strike.phase) < strike.orders:  # noqa: ASYNC110 - files tell nobody
                await asyncio.sleep(LOOK_S)
        there = self._held[strike.who]
        async with self._one[strike.who]:
            for at in range(len(there)) if fault.each else (strike.instance,):
                if (
                    self._failed is None
                ):  # where one did not come back, the next shall not go as well
                    await self._strike(strike, fault, there[at], at)

    async def _strike(self, strike: HostStrike, fault: HostFault, held: Held, at: int) -> None:
        if not await held.alive():
            return
        self._undo[strike.id, strike.who, at] = undo = self._undoing(strike, fault, held)
        began_ns = now_ns()
        try:
            detail = await held.begin(fault.does)
        except ChaosError as error:
            self._trouble(strike, error)
        except asyncio.CancelledError:
            # It may have been done: its undoing is already in hand.
            self._row(strike, "on", {}, began_ns)
            raise
        else:
            self._row(strike, "on", detail, began_ns)
            span_ms = fault.lasts_ms() or (strike.until_ms or strike.at_ms) - strike.at_ms
            await asyncio.sleep(span_ms / 1e3)
        await asyncio.shield(undo())

    def _undoing(
        self, strike: HostStrike, fault: HostFault, held: Held
    ) -> Callable[[], Awaitable[None]]:
        """Return what takes a strike back, however often it is called."""
        began_s = tick_s()
        once = asyncio.Lock()
        done = False

        async def undo() -> None:
            nonlocal done
            async with once:
                if done:
                    return
                done = True
                try:
                    await held.undo(fault.does)
                except ChaosError as error:
                    self._failed = self._failed or error
                    return
                self._row(strike, "off", {"after_ms": int((tick_s() - began_s) * 1e3)})

        return undo

    def _trouble(self, strike: HostStrike, error: ChaosError) -> None:
        said = {"en": f"Strike {strike.id}: {error}.", "zh": f"故障 {strike.id}：{error}。"}
        self._write(Event(vantage="nemesis", kind="trouble", detail=said))

    def _row(self, strike: HostStrike, state: str, detail: Detail, time_ns: int = 0) -> None:
        self._write(
            Event(
                vantage="nemesis",
                kind="strike",
                ref=strike.id,
                state=state,
                detail=detail,
                time_ns=time_ns,
            )
        )
