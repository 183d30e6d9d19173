"""Anything else that can be done to a target: a command, and always one that takes it back."""

from harness.handles._handle import Act, Handle, Memory, checked_words, must_succeed


class Action(Handle, frozen=True, kw_only=True):
    """`do` and `undo`, each a list of words; `undo` must do no harm where nothing was done."""

    do: list[str]
    undo: list[str]
    within: str = "30s"
    """How long each may take."""

    def __post_init__(self) -> None:
        for words in (self.do, self.undo):
            if not words:
                raise ValueError("do and undo, each a command of at least one word")
            checked_words(words, self.within)

    @property
    def what(self) -> str:
        """What it does, for people."""
        return f"the action {self.do[0]}"

    def acts(self) -> frozenset[Act]:
        """Return that it runs."""
        return frozenset(["run"])

    def do_run(self, memory: Memory) -> None:
        """Run `do`."""
        del memory
        must_succeed(self.what, self.do, self.within)

    def do_unrun(self, memory: Memory) -> None:
        """Run `undo`."""
        del memory
        must_succeed(f"the undoing of {self.what}", self.undo, self.within)
