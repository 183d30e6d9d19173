"""Who keeps the target during a run: starts it, or finds it running, sees that it is healthy, and leaves it as it was.

keeper = Keeper(...)
await keeper.hold("target", [control], scope)     keeper.held["target"]: what strikes act upon
await keeper.leave()                              whatever is still struck is undone; what we started is stopped
"""

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import msgspec

from harness.core.clock import tick_s
from harness.core.errors import ChaosError, InconclusiveError
from harness.handles import Handle, Handled
from harness.nemesis.held import Foreign, Held, Ours
from harness.nemesis.processes import Child, Death, Processes
from harness.safety import pinned
from harness.targets.template import filled

LOOK_S = 0.1
ASK_S = 2.0


class Healthy(Protocol):
    """Waits until something is healthy; `ended` is the exit code of a process of ours that is no more."""

    async def __call__(self, ended: Callable[[], int | None] = ...) -> None:
        """Wait."""


class Keeper:
    """Everything of the target's that is held in one run, by whose it is."""

    def __init__(
        self, processes: Processes, folder: Path, beside: Path, pins: Mapping[str, str]
    ) -> None:
        """Take where logs go, where the target file is, and the one address of each host that may be reached."""
        self._processes = processes
        self._folder = folder
        self._beside = beside
        self._pins = pins
        self._foreign: dict[str, Foreign] = {}
        self._watchers: list[asyncio.Task[None]] = []
        self.held: dict[str, list[Held]] = {}

    async def hold(
        self,
        who: str,
        several: Sequence[Handled],
        scope: Mapping[str, Any],
        *,
        health: str = "",
        within_s: float = 30.0,
        more: Sequence[str] = (),
    ) -> None:
        """Start or find each, one after another, and wait until it is healthy, there or at `health`.

        `scope` fills the holes in commands and paths; `more` are words that are added to a command of ours.

        Raises:
            ChaosError: one cannot be started, or does not become healthy in time.
        """
        self.held[who] = []
        for at, handled in enumerate(several):
            name = f"{who}-{at + 1}" if len(several) > 1 else who
            where = str(filled(handled.healthy_at or (health if handled.answers() else ""), scope))
            healthy = functools.partial(self._healthy, name, where, within_s)
            handle = handled.handle()
            if handle is not None:
                self.held[who].append(await self._find(name, self._ready(handle, scope), healthy))
            else:
                self.held[who].append(await self._start(name, handled, scope, healthy, more))

    def holds_action(self, who: str, action: Handle, scope: Mapping[str, Any]) -> None:
        """Hold what can be done to the target by commands of its people."""
        foreign = Foreign(self._ready(action, scope), self._processes, _at_once)
        self._foreign[who] = foreign
        self.held[who] = [foreign]

    async def leave(self) -> list[str]:
        """Undo what is struck, stop what was started, keep the last words; return what went wrong, a sentence each."""
        for watcher in self._watchers:
            watcher.cancel()
        wrong: list[str] = []
        for name, foreign in self._foreign.items():
            for step in (foreign.release, functools.partial(self._say_farewell, name, foreign)):
                try:
                    await step()
                except ChaosError as error:
                    wrong.append(str(error))
        self._foreign = {}
        return wrong

    async def _say_farewell(self, name: str, foreign: Foreign) -> None:
        if words := await foreign.leave():
            await asyncio.to_thread((self._folder / f"{name}.log").write_bytes, words)

    async def _find(self, name: str, handle: Handle, healthy: Healthy) -> Foreign:
        foreign = Foreign(handle, self._processes, healthy)
        self._foreign[name] = foreign
        await foreign.come_up()
        self._watchers.append(asyncio.create_task(self._watch(name, foreign)))
        return foreign

    async def _watch(self, name: str, foreign: Foreign) -> None:
        """Tell of something foreign that ends unasked, as of a process of ours."""
        await foreign.watch()
        self._processes.died.put_nowait(Death(name, None, await foreign.last_words()))

    async def _start(
        self,
        name: str,
        handled: Handled,
        scope: Mapping[str, Any],
        healthy: Healthy,
        more: Sequence[str],
    ) -> Ours:
        command = [*(str(filled(word, scope)) for word in handled.start), *more]
        env = {key: str(filled(value, scope)) for key, value in handled.env.items()}
        log = self._folder / f"{name}.log"
        now: list[Child] = []

        async def start() -> Child:
            now[:] = [await self._processes.start(name, command, log, env=env)]
            try:
                await healthy(lambda: now[0].exit)
            except InconclusiveError as error:
                raise InconclusiveError(f"{error}\n{now[0].tail()}") from None
            return now[0]

        await start()
        return Ours(lambda: now[0], start)

    def _ready(self, handle: Handle, scope: Mapping[str, Any]) -> Handle:
        """Return a handle with its holes filled, paths beside the target file, its engine at the allowed address."""
        shape = type(handle)
        whole = msgspec.convert(filled(msgspec.to_builtins(handle), scope), shape)
        engine = whole.engine_url()
        if engine:
            whole = whole.at_engine(pinned(engine, self._pins)[0])
        return whole.beside(self._beside)

    async def _healthy(
        self,
        name: str,
        where: str,
        within_s: float,
        ended: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Wait until something answers as it should; where nothing says where, it is believed.

        Raises:
            InconclusiveError: it does not in time, or ended instead.
        """
        deadline_s = tick_s() + within_s
        while where and not await self._answers(where):
            if (code := ended()) is not None:
                raise InconclusiveError(f"the {name} ended at once (exit {code})")
            if tick_s() > deadline_s:
                raise InconclusiveError(f"the {name} did not become healthy within {within_s:g} s")
            await asyncio.sleep(LOOK_S)

    async def _answers(self, where: str) -> bool:
        url, headers, more = pinned(where, self._pins)
        if url.startswith("tcp:"):
            return await _listens(url)
        # Certificates are loaded only where there are any: that takes longer than to ask.
        tls = url.startswith("https:")
        with suppress(httpx.HTTPError):
            async with httpx.AsyncClient(
                headers=headers, timeout=ASK_S, trust_env=False, verify=tls
            ) as http:
                return (await http.get(url, extensions=more)).is_success
        return False


async def _at_once() -> None:
    """Wait for nothing."""


async def _listens(url: str) -> bool:
    place = urlsplit(url)
    with suppress(OSError, TimeoutError):
        opening = asyncio.open_connection(place.hostname, place.port)
        _reader, writer = await asyncio.wait_for(opening, ASK_S)
        writer.close()
        return True
    return False
