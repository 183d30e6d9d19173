"""What the commands that start a platform ask for: found when its file is read, before anything is started."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.core.document import Document
from harness.core.errors import UsageError, did_you_mean
from harness.targets.template import compiled, holes

if TYPE_CHECKING:
    from harness.targets.target import Target

PLAIN = frozenset(["base_url", "date", "folder", "port", "private", "python", "run", "time_scale"])
"""What every command may ask for."""
DOORS = frozenset(["ca", "proxy"])
_ENDS = ("host", "port")
Path = tuple[str | int, ...]


def check_commands(doc: Document, target: "Target") -> None:
    """Refuse a hole in `start` or `env` that nothing can ever fill.

    Which keys an upstream tells is its dialect's affair: of these the upstream's name alone is looked at.

    Raises:
        UsageError: with file, line, column and the nearest valid word.
    """
    for path, text in _said(target):
        try:
            compiled(text)
        except UsageError as error:
            raise doc.wrong(path, str(error)) from None
        for hole in holes(text):
            if wrong := _wrong(hole, target):
                raise doc.wrong(path, wrong)


def _said(target: "Target") -> Iterator[tuple[Path, str]]:
    """Yield every word and variable of a command that we start, with where it stands."""
    control = target.control
    if control is None:
        return
    several = [(("control", "instances", at), one) for at, one in enumerate(control.instances)]
    for path, one in [(("control",), control), *several]:
        yield from (((*path, "start", at), word) for at, word in enumerate(one.start))
        yield from (((*path, "env", name), value) for name, value in one.env.items())


def _wrong(hole: str, target: "Target") -> str:
    """Return why a hole stays empty, with the nearest name that would not; nothing where it may be filled."""
    upstreams = [*target.gateways, *target.operators, *target.channels]
    fixed = {*PLAIN, *(f"doors.{name}" for name in DOORS if target.doors is not None)}
    fixed |= {f"dependencies.{name}.{part}" for name in target.dependencies for part in _ENDS}
    first, _, rest = hole.partition(".")
    if hole in fixed or (first == "upstreams" and rest.partition(".")[0] in upstreams):
        return ""
    near = {*fixed, *(f"upstreams.{name}.url" for name in upstreams)}
    return f"nothing is called {{{{{hole}}}}} in a command{did_you_mean(hole, near)}"
