"""A kind is a file in a folder: finding what there is by listing, so that there is no list to edit.

A member's name is its file's stem. Files that start with an underscore are the folder's own furniture.
"""

import ast
import importlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import TypeVar

Kind = TypeVar("Kind")


def names(folder: Path, suffix: str = ".py") -> list[str]:
    """Return the names of a folder's members, sorted."""
    return sorted(p.stem for p in folder.glob(f"*{suffix}") if not p.name.startswith("_"))


def summary(path: Path) -> str:
    """Return the first line of a Python file's docstring without importing it, or an empty string."""
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return doc.partition("\n")[0]


def members(package: ModuleType, base: type[Kind]) -> dict[str, type[Kind]]:
    """Import a package's modules and return {name: the one class there that derives from `base`}.

    Raises:
        TypeError: a module defines no such class, or more than one.
    """
    folder = Path(str(package.__file__)).parent
    return {name: _the_class(f"{package.__name__}.{name}", base) for name in names(folder)}


def member(package: ModuleType, name: str, base: type[Kind]) -> type[Kind]:
    """Import one member of a package and return its class.

    Raises:
        TypeError: it defines no such class, or more than one.
        ImportError: there is no such member.
    """
    return _the_class(f"{package.__name__}.{name}", base)


def _the_class(module_name: str, base: type[Kind]) -> type[Kind]:
    module = importlib.import_module(module_name)
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, base) and value.__module__ == module_name
    ]
    if len(found) != 1:
        raise TypeError(f"{module_name} must define one {base.__name__}, not {len(found)}")
    return found[0]
