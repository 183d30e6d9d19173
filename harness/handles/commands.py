"""Commands of the user, one for each act: for what has no handle of its own (systemd, supervisord, a script)."""

from harness.handles._handle import (
    UNDOES,
    Act,
    Handle,
    HandleError,
    Memory,
    carried_out,
    checked_words,
    must_succeed,
)


class Commands(Handle, frozen=True, kw_only=True):
    """An act is possible where its command and the one that takes it back are both there.

    `alive` ends with 0 if it runs. No shell is involved: each is a list of words. Those that undo must do no harm where
    nothing was done.
    """

    is_alive: list[str] = []
    kill: list[str] = []
    stop: list[str] = []
    start: list[str] = []
    pause: list[str] = []
    resume: list[str] = []
    disconnect: list[str] = []
    connect: list[str] = []
    within: str = "30s"
    """How long each may take."""

    def __post_init__(self) -> None:
        said = [getattr(self, name) for pair in UNDOES.items() for name in pair if self._has(name)]
        for words in (*said, self.is_alive):
            checked_words(words, self.within)
        if not said:
            raise ValueError("at least one command, such as kill and start")

    @property
    def what(self) -> str:
        """What it holds, for people."""
        return "the target's commands"

    def acts(self) -> frozenset[Act]:
        """Return what has both its command and its undoing."""
        return frozenset(act for act, undo in UNDOES.items() if self._has(act) and self._has(undo))

    def alive(self, memory: Memory) -> bool | None:
        """Say whether `is_alive` ends with 0; None without it."""
        del memory
        return carried_out(self.what, self.is_alive, self.within) == 0 if self.is_alive else None

    def perform(self, step: str, memory: Memory) -> None:
        """Run the command of that name."""
        del memory
        if not self._has(step):
            raise HandleError(f"{self.what}: there is none to {step}")
        must_succeed(f"{self.what}, {step}", getattr(self, step), self.within)

    def _has(self, step: str) -> bool:
        return bool(getattr(self, step, []))
