"""To be told to end (SIGTERM) is a Ctrl-C that reached this process alone: whatever was started is ended in order."""

import signal
from types import FrameType

_told: list[int] = []


def listen() -> None:
    """Take SIGTERM for Ctrl-C from now on, even where Ctrl-C itself is not heard (a job in the background)."""
    signal.signal(signal.SIGTERM, _end)


def alone() -> bool:
    """Say whether it was this process that was told, and not everybody at the terminal."""
    return bool(_told)


def _end(number: int, _frame: FrameType | None) -> None:
    if _told:
        return
    _told.append(number)
    if signal.getsignal(signal.SIGINT) in {signal.SIG_IGN, signal.SIG_DFL}:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.raise_signal(signal.SIGINT)
