"""A container of a Docker engine, by its name or id."""

from harness.handles import _engine
from harness.handles._contained import Contained
from harness.handles._handle import Memory


class Container(Contained, frozen=True, kw_only=True):
    """One container."""

    name: str

    @property
    def what(self) -> str:
        """What it holds, for people."""
        return f"the container {self.name}"

    def remember(self) -> Memory:
        """Return its id and its networks."""
        return _engine.by_name(self.engine, self.name, self.what)
