"""What the platform itself depends on: its database, its cache; where each is, and how the platform is told of it."""

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from harness.handles import Handled

Role = Literal["database", "cache", "other"]


class Dependency(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that the platform cannot do without, or should be able to.

    A strike on its link puts a proxy of ours in front of `address`; the platform is told the proxy's address as
    `{{dependencies.NAME.host}}` and `{{dependencies.NAME.port}}`, or is configured with `listen` once and for all.
    """

    address: str
    role: Role = "other"
    listen: int = 0
    """A port of this machine where our proxy always stands in a run: for a platform that cannot be told."""
    control: Handled | None = None
    """How to get hold of it (docs/targets.md, "Control"); it must run already, or its handle start it."""

    def __post_init__(self) -> None:
        parts = urlsplit(f"tcp://{self.address}")
        try:
            whole = bool(parts.hostname) and parts.port is not None
        except ValueError:
            whole = False
        if not whole or parts.path or "@" in self.address:
            raise ValueError(f"host:port, such as 127.0.0.1:5432, not {self.address!r}")
        if not 0 <= self.listen <= 65_535:
            raise ValueError("a port between 1 and 65535")
        if self.control is not None and self.control.start:
            raise ValueError("a handle (pid_file, container, compose, commands), not start")
        if self.control is not None and not self.control.held():
            raise ValueError("a handle: pid_file, container, compose or commands")

    @property
    def host(self) -> str:
        """The host of its address."""
        return urlsplit(f"tcp://{self.address}").hostname or ""

    @property
    def port(self) -> int:
        """The port of its address."""
        return urlsplit(f"tcp://{self.address}").port or 0
