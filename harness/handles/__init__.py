"""Handles: how to get hold of what runs, be it the target, one of its instances, or its database. One file a kind.

control: {container: {name: shop}}         a target file's struct that takes `Handled` in says which handle
control.handle().perform("pause", memory)  blocks; the nemesis calls it in a thread
python -m harness.handles < undo.json      the same in another process: how the guard undoes (see `__main__.py`)
"""

from urllib.parse import urlsplit

import msgspec

from harness.handles._handle import UNDOES, Act, Handle, HandleError, Memory, Undo
from harness.handles.action import Action
from harness.handles.commands import Commands
from harness.handles.compose import Compose
from harness.handles.container import Container
from harness.handles.pid_file import PidFile

__all__ = [
    "COMMAND_ACTS",
    "UNDOES",
    "Act",
    "Action",
    "Handle",
    "HandleError",
    "Handled",
    "Memory",
    "Undo",
    "kind_of",
]

COMMAND_ACTS: frozenset[Act] = frozenset(["kill", "stop", "pause"])
"""What can be done to a command that we start ourselves."""
KINDS = ("pid_file", "container", "compose", "commands")


class Handled(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that may be held, by at most one of: a command of ours (`start`), or a handle."""

    start: list[str] = []
    """A command that we start in the foreground, and end."""
    env: dict[str, str] = {}
    pid_file: PidFile | None = None
    container: Container | None = None
    compose: Compose | None = None
    commands: Commands | None = None
    healthy_at: str = ""
    """Where it is seen to be healthy: http://... answers below 300, or tcp://HOST:PORT takes a connection."""

    def __post_init__(self) -> None:
        said = [name for name in ("start", *KINDS) if getattr(self, name)]
        if len(said) > 1:
            raise ValueError(f"one handle, not {' and '.join(said)}")
        if self.env and not self.start:
            raise ValueError("env is for start, the command that we start ourselves")
        parts = urlsplit(self.healthy_at.replace("{{port}}", "80"))
        if self.healthy_at and not (
            parts.hostname and (parts.scheme == "http" or (parts.scheme == "tcp" and parts.port))
        ):
            raise ValueError(f"http://HOST/... or tcp://HOST:PORT, not {self.healthy_at!r}")

    def handle(self) -> Handle | None:
        """Return what holds it, unless that is a command of ours, or nothing."""
        found: list[Handle | None] = [getattr(self, name) for name in KINDS]
        return next((one for one in found if one is not None), None)

    def held(self) -> bool:
        """Say whether there is any way to get hold of it."""
        return bool(self.start) or self.handle() is not None

    def answers(self) -> bool:
        """Say whether what it belongs to answers only while it runs, and so shows that it is healthy."""
        return True

    def acts(self) -> frozenset[Act]:
        """Return what can be done to it and taken back."""
        handle = self.handle()
        if handle is not None:
            return handle.acts()
        return COMMAND_ACTS if self.start else frozenset()


def kind_of(handle: Handle) -> str:
    """Return the name of a handle's file, by which another process finds its class."""
    return type(handle).__module__.rpartition(".")[2]
