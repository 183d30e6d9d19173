"""The guard: ends every process of a run, and removes its secrets, if the supervisor dies.

    python -m harness.nemesis.guard PRIVATE_DIR

It reads `+PGID` and `-PGID` lines from its standard input, which only the supervisor holds open. At the end of
that input, however it came about, it kills the process groups that are left. `kill -9` of the supervisor
therefore leaves nothing behind.
"""

import os
import shutil
import signal
import sys
from contextlib import suppress


def guard(private: str) -> None:
    """Follow the supervisor until it is gone, then clean up after it."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGCONT)
            os.killpg(group, signal.SIGKILL)
    shutil.rmtree(private, ignore_errors=True)


if __name__ == "__main__":
    guard(sys.argv[1])
