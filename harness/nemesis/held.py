"""What strikes on processes act upon: a command of ours, or something foreign behind a handle. Both are alike here.

    await held.begin("pause")      done, and the guard knows how to take it back
    await held.undo("pause")       taken back, and healthy again

A strike that began is always undone: by its time, at heal, on Ctrl-C, and by the guard if the supervisor dies.
"""

import asyncio
import itertools
import signal
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from harness.handles import UNDOES, Act, Handle, HandleError, Memory, kind_of
from harness.nemesis.processes import TAIL_LINES, Child, Processes

Detail = dict[str, str | int | list[str]]
Healthy = Callable[[], Awaitable[None]]
Start = Callable[[], Awaitable[Child]]
LOOK_S = 1.0
GONE_LOOKS = 2
"""A platform whose own supervisor starts it again within so many looks did not die: its laws are judged."""
_numbers = itertools.count(1)


class Held(Protocol):
    """One thing that can be struck."""

    async def alive(self) -> bool:
        """Say whether there is anything to strike."""
        ...

    async def begin(self, act: Act) -> Detail:
        """Do it; return what the journal shall know."""
        ...

    async def undo(self, act: Act) -> None:
        """Take it back, and wait until it is healthy.

        Raises:
            ChaosError: it did not come back.
        """
        ...


class Ours:
    """A command that we started. The guard ends it, frozen or not, so nothing need be undone after our death."""

    def __init__(self, child: Callable[[], Child], start: Start) -> None:
        """Take what tells the process as it is now, and what starts it anew and waits until it is healthy."""
        self._child = child
        self._start = start

    async def alive(self) -> bool:
        """Say whether it runs."""
        return self._child().exit is None

    async def begin(self, act: Act) -> Detail:
        """Kill, stop or freeze the whole process group."""
        child = self._child()
        if act == "pause":
            child.signal(signal.SIGSTOP)
        elif act == "kill":
            child.expected = True
            child.signal(signal.SIGKILL)
            await child.process.wait()
        else:
            await child.end()
        return {"pid": child.process.pid}

    async def undo(self, act: Act) -> None:
        """Thaw it, or start it anew."""
        if act == "pause":
            self._child().signal(signal.SIGCONT)
        else:
            await self._start()


class Foreign:
    """Something that we did not start, behind its handle. What takes back is left with the guard first."""

    def __init__(self, handle: Handle, processes: Processes, healthy: Healthy) -> None:
        self._handle = handle
        self._processes = processes
        self._healthy = healthy
        self._begun: dict[Act, tuple[str, Memory]] = {}
        self._stops: tuple[str, str] | None = None
        """Where it was us who started it: the guard's name for stopping it, and the step that does."""
        self._acts = 0
        self._one = asyncio.Lock()
        """One act at a time: an undoing waits for an act that is still in its thread."""

    async def alive(self) -> bool:
        """Say whether it runs; what cannot be known is believed."""
        return await asyncio.to_thread(self._alive)

    def _alive(self) -> bool:
        try:
            return self._handle.alive(self._handle.remember()) is not False
        except HandleError:
            return False

    async def watch(self) -> None:
        """Return once it is gone for a while that no strike has touched; never where that cannot be known."""
        gone = 0
        while gone < GONE_LOOKS:
            await asyncio.sleep(LOOK_S)
            acts = self._acts
            alive = await self.alive()
            struck = bool(self._begun) or acts != self._acts
            gone = 0 if alive or struck else gone + 1

    async def begin(self, act: Act) -> Detail:
        """Remember how it is, leave the undoing with the guard, and do it."""
        self._acts += 1
        memory = await asyncio.to_thread(self._handle.remember)
        self._begun[act] = await self._leave(UNDOES[act], memory), memory
        await asyncio.shield(self._perform(act, memory))
        return {"what": self._handle.what}

    async def undo(self, act: Act) -> None:
        """Take it back, unless it never began."""
        if act in self._begun:
            await self._take_back(act)
            await self._healthy()

    async def come_up(self) -> None:
        """Start it if it does not run, to be stopped again when the run ends; wait until it is healthy.

        Raises:
            ChaosError: it cannot be started, or does not become healthy.
        """
        if not await self.alive():
            back = "stop" if "stop" in self._handle.acts() else "kill"
            memory = await asyncio.to_thread(self._memory)
            self._stops = await self._leave(back, memory), back
            await self._perform("start", memory)
        await self._healthy()

    async def release(self) -> None:
        """Take back whatever is still done, without waiting for health: the run is over.

        Raises:
            HandleError: it does not work.
        """
        for act in reversed([*self._begun]):
            await self._take_back(act)

    async def last_words(self) -> str:
        """Return the end of its log, as far as the handle can reach it; nothing if it cannot."""
        try:
            words = await asyncio.to_thread(lambda: self._handle.logs(self._memory()))
        except HandleError:
            return ""
        return "\n".join(words.decode("utf-8", "replace").splitlines()[-TAIL_LINES:])

    async def leave(self) -> bytes:
        """Stop it again if it was us who started it; return its last words.

        Raises:
            HandleError: it cannot be stopped.
        """
        memory = await asyncio.to_thread(self._memory)
        words = await asyncio.to_thread(self._handle.logs, memory)
        if self._stops is not None:
            (name, back), self._stops = self._stops, None
            await self._perform(back, memory)
            self._processes.undone(name)
        return words

    async def _take_back(self, act: Act) -> None:
        name, memory = self._begun[act]
        await self._perform(UNDOES[act], memory)
        self._acts += 1
        self._begun.pop(act, None)
        self._processes.undone(name)

    def _memory(self) -> Memory:
        """Return what can be known of it, which is nothing of a process that does not run."""
        try:
            return self._handle.remember()
        except HandleError:
            return {}

    async def _leave(self, step: str, memory: Memory) -> str:
        """Leave a step with the guard; return its name there."""
        name = f"undo-{next(_numbers)}"
        errand = {"kind": kind_of(self._handle), "handle": self._handle, "step": step}
        await self._processes.undo_at_death(name, msgspec.json.encode({**errand, "memory": memory}))
        return name

    async def _perform(self, step: str, memory: Memory) -> None:
        async with self._one:
            await asyncio.to_thread(self._handle.perform, step, memory)
