"""The guard: ends every process of a run, undoes every strike, and removes its secrets, if the supervisor dies.

    python -m harness.nemesis.guard PRIVATE_DIR

It reads lines from its standard input, which only the supervisor holds open:

    +PGID  -PGID           a process group of ours, and its end
    !NAME ERRAND  ~NAME    what takes a strike back (JSON for `python -m harness.handles`), and that this was done

At the end of that input, however it came about, it kills the process groups that are left and runs the errands that
are, the last one first. `kill -9` of the supervisor therefore leaves nothing behind, and nothing struck.
"""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress

UNDO_S = 120.0


def guard(private: str) -> None:
    """Follow the supervisor until it is gone, then clean up after it."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    errands: dict[str, str] = {}
    for line in sys.stdin:
        _follow(line.rstrip("\n"), groups, errands)
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGCONT)
            os.killpg(group, signal.SIGKILL)
    for errand in reversed(errands.values()):
        _undo(errand)
    shutil.rmtree(private, ignore_errors=True)


def _follow(line: str, groups: set[int], errands: dict[str, str]) -> None:
    what, said = line[:1], line[1:]
    if what == "+":
        groups.add(int(said))
    elif what == "-":
        groups.discard(int(said))
    elif what == "!":
        name, _, errand = said.partition(" ")
        errands[name] = errand
    elif what == "~":
        errands.pop(said, None)


def _undo(errand: str) -> None:
    """Run one errand; what goes wrong is its own to say, and must not keep the others from being run."""
    command = [sys.executable, "-m", "harness.handles"]
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, input=errand.encode(), timeout=UNDO_S, check=False)


if __name__ == "__main__":
    guard(sys.argv[1])
