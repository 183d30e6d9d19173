"""A process that somebody else started, known by the file that holds its id.

Its id is believed only if the program that runs under it is the one that was named; from then on it is known by when it
started as well, so that a signal never meets another process that was given the same id.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from harness.core.clock import tick_s
from harness.core.units import duration_ms
from harness.handles import _proc
from harness.handles._handle import Act, Handle, HandleError, Memory, checked_words, must_succeed
from harness.handles._proc import Known

LOOK_S = 0.02
TERM_WAIT_S = 10.0
REAP_WAIT_S = 5.0
"""How long a corpse is waited for: until its parent has taken it away its id still is somebody's, and a start that
looks into the pid file, such as PostgreSQL's, believes that it runs."""


class PidFile(Handle, frozen=True, kw_only=True):
    """The process of a pid file with all its children: workers stand still and die with their master."""

    path: str
    """Beside the target file, unless absolute."""
    program: str
    """What must run under that id: its short name, or a word of its command line."""
    start: list[str] = []
    """Starts it again and returns, as an init script does; without it, it can be paused only."""
    supervised: bool = False
    """Somebody else starts it again by himself, such as systemd: it is waited for instead."""
    stop_signal: Literal["TERM", "INT", "QUIT", "HUP"] = "TERM"
    """What asks it to end: PostgreSQL waits for its clients at a TERM, without end, and sends them away at an INT
    (https://www.postgresql.org/docs/current/server-shutdown.html)."""
    within: str = "30s"
    """How long until the file names a process again."""

    def __post_init__(self) -> None:
        checked_words(self.start, self.within)
        if not self.program:
            raise ValueError("the program that must run under the id of the pid file")
        if self.start and self.supervised:
            raise ValueError("either start or supervised")

    @property
    def what(self) -> str:
        """What it holds, for people."""
        return f"the process of {self.path}"

    def acts(self) -> frozenset[Act]:
        """Return pause, and where it can come back, kill and stop."""
        back = self.start or self.supervised
        return frozenset(["pause", "kill", "stop"] if back else ["pause"])

    def beside(self, folder: Path) -> Handle:
        """Return the same with its path in the target file's folder, unless absolute."""
        return msgspec.structs.replace(self, path=str(folder.resolve() / self.path))

    def remember(self) -> Memory:
        """Return the process as it is now, and its children."""
        return {"processes": _proc.with_children(self._process())}

    def alive(self, memory: Memory) -> bool | None:
        """Say whether the file names a process that runs and does not stand still."""
        del memory
        try:
            return not _proc.stands_still(self._process())
        except HandleError:
            return False

    def do_kill(self, memory: Memory) -> None:
        """SIGKILL."""
        for process in _remembered(memory):
            _proc.signalled(process, signal.SIGKILL)
        self._wait(lambda: not any(map(_proc.runs, _remembered(memory))), "did not die")

    def do_stop(self, memory: Memory) -> None:
        """SIGTERM (or `stop_signal`) to the master, who ends his workers; SIGKILL to all who are left after 10 s."""
        memory = memory or self.remember()
        root, *_ = _remembered(memory)
        _proc.signalled(root, signal.Signals[f"SIG{self.stop_signal}"])
        deadline_s = tick_s() + TERM_WAIT_S
        while _proc.runs(root) and tick_s() < deadline_s:
            time.sleep(LOOK_S)
        self.do_kill(memory)

    def do_start(self, memory: Memory) -> None:
        """Start it, or wait for it, until the file names a process that runs."""
        if self._runs():
            return
        if self.start:
            self._begin(memory)
        elif not self.supervised:
            raise HandleError(f"{self.what}: nothing says how to start it")
        self._wait(self._runs, "did not come back")

    def _begin(self, memory: Memory) -> None:
        """Call `start`; where it failed while the corpse of what was killed had its id, once more when that is gone."""
        corpses = [one for one in map(tuple, memory.get("processes", [])) if _proc.is_there(one)]
        try:
            must_succeed(f"the start of {self.what}", self.start, self.within)
        except HandleError:
            if not corpses:
                raise
            deadline_s = tick_s() + REAP_WAIT_S
            while any(map(_proc.is_there, corpses)) and tick_s() < deadline_s:
                time.sleep(LOOK_S)
            must_succeed(f"the start of {self.what}", self.start, self.within)

    def do_pause(self, memory: Memory) -> None:
        """SIGSTOP, the master first, until no child is left that he made meanwhile."""
        root, *_ = _remembered(memory)
        seen: set[Known] = set()
        while new := set(_proc.with_children(root)) - seen:
            for process in sorted(new, key=lambda one: one != root):
                _proc.signalled(process, signal.SIGSTOP)
            seen |= new

    def do_resume(self, memory: Memory) -> None:
        """SIGCONT to all that were paused and still are the same processes."""
        before = _remembered(memory)
        for process in {*before, *_proc.with_children(before[0])}:
            _proc.signalled(process, signal.SIGCONT)

    def _process(self) -> Known:
        try:
            text = Path(self.path).read_text(encoding="ascii").split()
            pid = int(text[0])
        except (OSError, ValueError, IndexError):
            raise HandleError(f"{self.what}: the file holds no process id") from None
        if pid <= 1 or pid in _proc.ancestors(os.getpid()):
            raise HandleError(f"{self.what} is {pid}: that one is never touched")
        process = _proc.known(pid)
        if process is None:
            raise HandleError(f"{self.what}: no process {pid} runs")
        if self.program not in _proc.words(pid):
            raise HandleError(f"{self.what}: {pid} is another program than {self.program}")
        return process

    def _runs(self) -> bool:
        try:
            self._process()
        except HandleError:
            return False
        return True

    def _wait(self, true: Callable[[], bool], otherwise: str) -> None:
        deadline_s = tick_s() + duration_ms(self.within) / 1000
        while not true():
            if tick_s() > deadline_s:
                raise HandleError(f"{self.what} {otherwise} within {self.within}")
            time.sleep(LOOK_S)


def _remembered(memory: Memory) -> list[Known]:
    return [(int(pid), int(since)) for pid, since in memory["processes"]]
