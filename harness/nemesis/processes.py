"""The processes of a run: in groups of their own, watched, ended by their own ids, guarded against our death."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from harness.core.errors import HarnessError

TERM_WAIT_S = 3.0
TAIL_LINES = 12
FAVOURED_NICE = -10


class Death(NamedTuple):
    """Something ended unasked."""

    name: str
    exit: int | None
    """Its exit status, where that can be known."""
    words: str = ""
    """Its last ones."""


class Child:
    """One process of ours. Ending unasked is a death, unless it `may_end` and did so with exit 0.

    The death of one that is not `needed` is told to `gone`, if somebody wants to know, and to nobody else.
    """

    def __init__(
        self,
        name: str,
        process: asyncio.subprocess.Process,
        log: Path,
        *,
        may_end: bool,
        needed: bool = True,
    ) -> None:
        self.name = name
        self.process = process
        self.log = log
        self.may_end = may_end
        self.needed = needed
        self.gone: Callable[[Child], None] | None = None
        self.expected = False

    @property
    def exit(self) -> int | None:
        """The exit status once it has ended; negative for a signal."""
        return self.process.returncode

    async def first_line(self, within_s: float) -> bytes:
        """Return its first line of output.

        Raises:
            HarnessError: it ended, or said nothing in time.
        """
        assert self.process.stdout is not None
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), within_s)
        except TimeoutError:
            raise HarnessError(f"{self.name} did not answer within {within_s:g} s") from None
        if not line:
            await self.process.wait()
            raise HarnessError(f"{self.name} ended at once (exit {self.exit}):\n{self.tail()}")
        return line

    def tail(self) -> str:
        """Return the last lines of its log."""
        if not self.log.exists():
            return ""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-TAIL_LINES:])

    def favour(self) -> None:
        """Let it run before the others where we may: who measures must not starve for those who are measured."""
        with suppress(PermissionError, ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, FAVOURED_NICE)

    def signal(self, number: int) -> None:
        """Send a signal to its process group, if it still runs."""
        if self.exit is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    async def end(self, wait_s: float = TERM_WAIT_S) -> None:
        """Ask it to end, then make it."""
        self.expected = True
        self.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), wait_s)
        except TimeoutError:
            self.signal(signal.SIGKILL)
            await self.process.wait()


class Processes:
    """All processes of one run; leaving the context ends them."""

    def __init__(self, private: Path) -> None:
        self._private = private
        self._children: list[Child] = []
        self._guard: asyncio.subprocess.Process | None = None
        self.died: asyncio.Queue[Death] = asyncio.Queue()
        self._watchers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._guard = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "harness.nemesis.guard", str(self._private)),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.gather(*(child.end() for child in self._children))
        for watcher in self._watchers:
            watcher.cancel()
        assert self._guard is not None
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        await self._guard.wait()

    async def start(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        pipe: bool = False,
        may_end: bool = False,
        needed: bool = True,
    ) -> Child:
        """Start a command in a process group of its own; its output goes to `log`, or standard output to a pipe.

        Raises:
            HarnessError: the program cannot be started.
        """
        with log.open("ab") as sink:
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE if pipe else sink,
                    stderr=sink,
                    env={**os.environ, **(env or {})},
                    start_new_session=True,
                )
            except OSError as error:
                raise HarnessError(f"{name} cannot be started: {error}") from None
        self._tell_guard(f"+{process.pid}\n")
        child = Child(name, process, log, may_end=may_end, needed=needed)
        self._children.append(child)
        self._watchers.append(asyncio.create_task(self._watch(child)))
        return child

    async def undo_at_death(self, name: str, errand: bytes) -> None:
        """Have the guard run an errand (one line for `harness.handles`) if we die before it is `undone`."""
        self._tell_guard(f"!{name} {errand.decode()}\n")
        assert self._guard is not None
        assert self._guard.stdin is not None
        await self._guard.stdin.drain()

    def undone(self, name: str) -> None:
        """Take an errand back from the guard."""
        self._tell_guard(f"~{name}\n")

    async def _watch(self, child: Child) -> None:
        await child.process.wait()
        self._tell_guard(f"-{child.process.pid}\n")
        if child.expected or (child.may_end and child.exit == 0):
            return
        if child.needed:
            self.died.put_nowait(Death(child.name, child.exit, child.tail()))
        elif child.gone is not None:
            child.gone(child)

    def _tell_guard(self, line: str) -> None:
        assert self._guard is not None
        assert self._guard.stdin is not None
        if not self._guard.stdin.is_closing():
            self._guard.stdin.write(line.encode())
