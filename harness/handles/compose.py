"""A service of a compose project, found by the labels of its containers: no compose program is needed."""

from harness.handles import _engine
from harness.handles._contained import Contained
from harness.handles._handle import Memory


class Compose(Contained, frozen=True, kw_only=True):
    """One container of a service; `project` may be left out where the engine runs only one with such a service.

    Source: Compose specification, labels `com.docker.compose.project`, `.service` and `.container-number`; 2026-11.
    """

    service: str
    project: str = ""
    number: int = 1

    @property
    def what(self) -> str:
        """What it holds, for people."""
        return f"the compose service {self.service}"

    def remember(self) -> Memory:
        """Return its id and its networks."""
        said = {"service": self.service, "container-number": str(self.number)}
        said |= {"project": self.project} if self.project else {}
        labels = {f"com.docker.compose.{name}": value for name, value in said.items()}
        return _engine.by_labels(self.engine, labels, self.what)
