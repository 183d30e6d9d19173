"""Named mistakes: one file each, found by listing this folder; its one class overrides methods of a component.

The first line of a file's docstring says the mistake. `Modelled on:` names where it was seen, `Breaks:` the promise.
"""

import importlib
import inspect
from pathlib import Path

from harness.targets.reference.desk import Desk


def names() -> list[str]:
    """Return every defect's name, sorted."""
    files = Path(__file__).parent.glob("*.py")
    return sorted(file.stem for file in files if not file.stem.startswith("_"))


def load(name: str) -> type[Desk]:
    """Return a defect's class.

    Raises:
        TypeError: its file defines no class of a component, or more than one.
    """
    module = importlib.import_module(f"{__name__}.{name}")
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Desk)
        and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__name__} must define one component class, not {len(found)}")
    return found[0]
