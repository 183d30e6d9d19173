"""What all handles share: the acts, what undoes each, and how a command of the user is carried out.

A handle is plain data (it stands in a target file) with blocking methods `do_ACT`. What undoing an act needs to know
(a process id and when it started, a container's networks) is its *memory*: plain data as well, read before anything is
done. So an undoing can be handed to another process, which does it even if the supervisor is gone.
"""

import os
import subprocess
from pathlib import Path
from typing import Any, Literal

import msgspec

from harness.core.errors import InconclusiveError
from harness.core.units import duration_ms

Act = Literal["kill", "stop", "pause", "disconnect", "run"]
Undo = Literal["start", "resume", "connect", "unrun"]
Memory = dict[str, Any]

UNDOES: dict[Act, Undo] = {
    "kill": "start",
    "stop": "start",
    "pause": "resume",
    "disconnect": "connect",
    "run": "unrun",
}
"""What takes each act back."""


class HandleError(InconclusiveError):
    """A handle could not do what it was asked to; the message says whose handle, and why."""


class Handle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to get hold of something that runs. Subclasses say which acts they can, and do them.

    Every method blocks, for a bounded time.
    """

    @property
    def what(self) -> str:
        """What it holds, for people: `container shop`."""
        raise NotImplementedError

    def acts(self) -> frozenset[Act]:
        """Return what it can do and take back."""
        raise NotImplementedError

    def engine_url(self) -> str:
        """Return the URL of whoever else is asked to do it, or nothing: a host that must be allowed."""
        return ""

    def at_engine(self, url: str) -> "Handle":
        """Return the same handle with its engine at another URL (a host's one allowed address)."""
        del url
        return self

    def beside(self, folder: Path) -> "Handle":
        """Return the same handle with its paths, where relative, in the target file's folder."""
        del folder
        return self

    def remember(self) -> Memory:
        """Return what undoing will need to know of it as it is now.

        Raises:
            HandleError: it cannot be found.
        """
        return {}

    def alive(self, memory: Memory) -> bool | None:
        """Say whether it runs; None where this handle cannot know."""
        del memory
        return None

    def perform(self, step: str, memory: Memory) -> None:
        """Do an Act, or take it back by its Undo: calls `do_STEP`. What takes back does no harm where nothing was done.

        Raises:
            HandleError: it did not work, or this handle has no such step.
        """
        method = getattr(self, f"do_{step}", None)
        if method is None:
            raise HandleError(f"{self.what}: this handle cannot {step}")
        method(memory)

    def logs(self, memory: Memory) -> bytes:
        """Return its last words, as far as the handle can reach them."""
        del memory
        return b""


def checked_words(words: list[str], within: str) -> None:
    """Refuse a command without a program, and a span that is none.

    Raises:
        ValueError: which of them.
    """
    if words and not words[0]:
        raise ValueError("a command of at least one word")
    if not 0 < duration_ms(within) <= 600_000:
        raise ValueError(f"a span above 0, at most 10m, not {within!r}")


def carried_out(what: str, words: list[str], within: str) -> int:
    """Run a command of the user in a session of its own; return its exit status.

    What it leaves running keeps no pipe of ours open, so a command that starts a daemon returns.

    Raises:
        HandleError: there is no such program, or it did not end in time, upon which it was killed with its children.
    """
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise HandleError(f"{what}: {words[0]} cannot be run: {error}") from None
    try:
        return process.wait(duration_ms(within) / 1000)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        raise HandleError(f"{what}: {words[0]} did not end within {within}") from None


def must_succeed(what: str, words: list[str], within: str) -> None:
    """Run a command of the user that must end with 0.

    Raises:
        HandleError: it did not.
    """
    status = carried_out(what, words, within)
    if status:
        raise HandleError(f"{what}: {words[0]} ended with {status}")
