"""Strikes on the target's process: done by the clock or at an order's phase, and always undone.

    strike on  --> kill, stop or freeze        at its time, or once so many orders have come so far
    strike off --> start or thaw               after its span, at heal, and when the run ends

A frozen process is thawed even if the supervisor dies: the guard continues every group before it ends it.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from harness.core.clock import now_ns, tick_s
from harness.core.errors import ChaosError
from harness.core.event import Event
from harness.faults._host import HostFault, HostStrike, any_host_fault
from harness.nemesis.phases import Phases
from harness.nemesis.processes import Child

LOOK_S = 0.01
Start = Callable[[], Awaitable[Child]]


class Hosts:
    """The nemesis of one process."""

    def __init__(
        self,
        strikes: Sequence[HostStrike],
        *,
        journals: list[Path],
        write: Callable[[Event], None],
        child: Callable[[], Child],
        start: Start,
    ) -> None:
        """Take the strikes, where the upstreams write, where to write, the process, and what starts it anew."""
        self._strikes = strikes
        self._journals = journals
        self._write = write
        self._child = child
        self._start = start
        self._tasks: list[asyncio.Task[None]] = []
        self._undo: dict[str, Callable[[], Awaitable[None]]] = {}
        self._one = asyncio.Lock()
        self._failed: ChaosError | None = None

    def begin(self, t0_ns: int) -> None:
        """Count from the instant at which the first arrival is due."""
        for strike in self._strikes:
            self._tasks.append(asyncio.get_running_loop().create_task(self._run(strike, t0_ns)))

    async def heal(self) -> None:
        """Take what has not struck yet away, and undo what did, or wait until it is undone.

        Raises:
            ChaosError: a process did not come back, now or earlier.
        """
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for undo in self._undo.values():
            await undo()
        if self._failed is not None:
            raise self._failed

    async def _run(self, strike: HostStrike, t0_ns: int) -> None:
        fault: HostFault = msgspec.convert(strike.fault, any_host_fault())
        await asyncio.sleep(max(0.0, (t0_ns - now_ns()) / 1e9 + strike.at_ms / 1e3))
        if strike.phase is not None:
            phases = Phases(self._journals)
            while phases.count(strike.phase) < strike.orders:  # noqa: ASYNC110 - files tell nobody
                await asyncio.sleep(LOOK_S)
        async with self._one:
            await self._strike(strike, fault)

    async def _strike(self, strike: HostStrike, fault: HostFault) -> None:
        child = self._child()
        if child.exit is not None:
            return
        began_s = tick_s()
        self._row(strike, "on", pid=child.process.pid)

        once = asyncio.Lock()
        done = False

        async def undo() -> None:
            nonlocal done
            async with once:
                if done:
                    return
                done = True
                try:
                    await self._bring_back(fault, child)
                except ChaosError as error:
                    self._failed = self._failed or error
                    return
                self._row(strike, "off", after_ms=int((tick_s() - began_s) * 1e3))

        self._undo[strike.id] = undo
        if fault.does == "freeze":
            child.signal(signal.SIGSTOP)
        elif fault.does == "kill":
            child.expected = True
            child.signal(signal.SIGKILL)
            await child.process.wait()
        else:
            await child.end()
        span_ms = fault.lasts_ms() or (strike.until_ms or strike.at_ms) - strike.at_ms
        await asyncio.sleep(span_ms / 1e3)
        await asyncio.shield(undo())

    async def _bring_back(self, fault: HostFault, child: Child) -> None:
        if fault.undoes == "thaw":
            child.signal(signal.SIGCONT)
        else:
            await self._start()

    def _row(self, strike: HostStrike, state: str, **detail: int) -> None:
        self._write(
            Event(vantage="nemesis", kind="strike", ref=strike.id, state=state, detail=detail)
        )
