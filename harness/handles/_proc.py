"""Processes that are not ours, by /proc: which program, whose child, since when; and signals that meet only them."""

import os
import signal
from contextlib import suppress
from pathlib import Path

Known = tuple[int, int]
"""A process for good: its id, and when it started, in clock ticks since boot."""

_PPID, _START = 1, 19
"""Columns of /proc/PID/stat after the name. Source: proc(5), fields 4 and 22."""


def _stat(pid: int) -> list[str]:
    """Return the columns of a process after its name, or nothing if it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return []


def known(pid: int) -> Known | None:
    """Return a process for good, or None if none has that id, or only its corpse."""
    columns = _stat(pid)
    return (pid, int(columns[_START])) if columns and columns[0] not in "ZX" else None


def runs(process: Known) -> bool:
    """Say whether this very process still runs."""
    return known(process[0]) == tuple(process)


def is_there(process: Known) -> bool:
    """Say whether this very process, or its corpse, still has its id."""
    columns = _stat(process[0])
    return bool(columns) and int(columns[_START]) == process[1]


def stands_still(process: Known) -> bool:
    """Say whether it is stopped."""
    return runs(process) and _stat(process[0])[0] in "Tt"


def words(pid: int) -> list[str]:
    """Return a process's short name and the words of its command line, paths by their last part as well."""
    folder = Path(f"/proc/{pid}")
    with suppress(OSError):
        comm = (folder / "comm").read_text(encoding="utf-8").strip()
        line = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        said = [comm, *filter(None, line)]
        return [*said, *(Path(word).name for word in said)]
    return []


def ancestors(pid: int) -> set[int]:
    """Return a process and all those above it."""
    found: set[int] = set()
    while pid and pid not in found:
        found.add(pid)
        columns = _stat(pid)
        pid = int(columns[_PPID]) if columns else 0
    return found


def with_children(root: Known) -> list[Known]:
    """Return a process and all those below it that run, parents first."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (columns := _stat(int(entry.name))):
            below.setdefault(int(columns[_PPID]), []).append(int(entry.name))
    if not runs(root):
        return []
    tree, left = [root], [root[0]]
    while left:
        for pid in below.get(left.pop(), []):
            if process := known(pid):
                tree.append(process)
                left.append(pid)
    return tree


def signalled(process: Known, number: int) -> bool:
    """Send a signal to this very process; say whether it was there."""
    try:
        # The descriptor holds on to the process: between the look and the signal its id cannot become another's.
        handle = os.pidfd_open(process[0])
    except ProcessLookupError:
        return False
    try:
        if not runs(process):
            return False
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True
