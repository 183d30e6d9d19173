"""What containers have in common, however they are found: the engine, and every act."""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from harness.handles import _engine
from harness.handles._handle import Act, Handle, HandleError, Memory

LOCAL = "unix:///var/run/docker.sock"


class Contained(Handle, frozen=True, kw_only=True):
    """A container of an engine; made by the user, and only started, stopped and struck by us."""

    engine: str = LOCAL
    """A socket of this machine, or tcp://HOST:PORT of a host that may be reached."""
    networks: list[str] = []
    """Those that `disconnect` takes it from; all of them unless said."""

    def __post_init__(self) -> None:
        scheme, rest = urlsplit(self.engine).scheme, urlsplit(self.engine)
        if not (scheme == "unix" and rest.path) and not (scheme == "tcp" and rest.hostname):
            raise ValueError(f"unix:///PATH or tcp://HOST:PORT, not {self.engine!r}")

    def acts(self) -> frozenset[Act]:
        """Return everything that an engine can do."""
        return frozenset(["kill", "stop", "pause", "disconnect"])

    def engine_url(self) -> str:
        """Return the engine's URL where it is no socket of this machine."""
        return self.engine if self.engine.startswith("tcp:") else ""

    def at_engine(self, url: str) -> "Handle":
        """Return the same with its engine elsewhere."""
        return msgspec.structs.replace(self, engine=url)

    def alive(self, memory: Memory) -> bool | None:
        """Say whether the container runs and does not stand still."""
        return _engine.status(self.engine, memory["id"], self.what) == "running"

    def do_kill(self, memory: Memory) -> None:
        """SIGKILL."""
        _engine.kill(self.engine, memory["id"], self.what)

    def do_stop(self, memory: Memory) -> None:
        """SIGTERM, SIGKILL after 5 s."""
        _engine.stop(self.engine, memory["id"], self.what)

    def do_start(self, memory: Memory) -> None:
        """Start it, unless it runs."""
        _engine.start(self.engine, memory["id"], self.what)

    def do_pause(self, memory: Memory) -> None:
        """Freeze it."""
        _engine.pause(self.engine, memory["id"], self.what)

    def do_resume(self, memory: Memory) -> None:
        """Thaw it, if it is frozen."""
        _engine.resume(self.engine, memory["id"], self.what)

    def do_disconnect(self, memory: Memory) -> None:
        """Take it from its networks."""
        _engine.disconnect(self.engine, memory["id"], self._networks(memory), self.what)

    def do_connect(self, memory: Memory) -> None:
        """Give its networks back to it, with its names and address there."""
        _engine.connect(self.engine, memory["id"], self._networks(memory), self.what)

    def logs(self, memory: Memory) -> bytes:
        """Return its last lines."""
        return _engine.logs(self.engine, memory["id"], self.what)

    def _networks(self, memory: Memory) -> dict[str, Any]:
        has = memory["networks"]
        missing = [name for name in self.networks if name not in has]
        if missing or not has:
            raise HandleError(f"{self.what} is in no network {', '.join(missing)}".rstrip())
        return {name: has[name] for name in self.networks or has}
