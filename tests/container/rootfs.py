"""Packs a root file system from this machine: the interpreter, its library, the shared objects they need, an app.

No image registry is asked; what `docker import` takes is a tar file.
"""

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_NEEDED = {
    *("__pycache__", "site-packages", "test", "tests", "idlelib", "tkinter", "ensurepip"),
    *("lib2to3", "pydoc_data", "turtledemo", "distutils", "unittest"),
}
APP = "app"


def pack(path, more):
    """Write the tar file; `more` is the content of further files by their path in it."""
    python = Path(os.path.realpath(sys.executable))
    library = Path(sysconfig.get_paths()["stdlib"])
    binaries = [python, *library.glob("lib-dynload/*.so")]
    with tarfile.open(path, "w") as tar:
        tar.add(library, str(library), filter=_kept)
        for file in sorted({python, *_needs(binaries)}):
            # Under the path that the loader looks for, whatever it is a link to here.
            tar.add(os.path.realpath(file), str(file))
        for part in ("tests/__init__.py", "tests/platforms/card_shop"):
            tar.add(ROOT / part, f"{APP}/{part}", filter=_kept)
        for name in ("tmp", "data", "proc", "dev", "sys", "etc"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(folder)
        for name, content in more.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, BytesIO(content))
    return str(python)


def _kept(entry):
    parts = set(Path(entry.name).parts[-2:])
    gone = parts & NOT_NEEDED if f"{APP}/" not in entry.name else parts & {"__pycache__"}
    return None if gone or entry.name.endswith(".a") or "/config-" in entry.name else entry


def _needs(binaries):
    """Return the shared objects that programs need, as `ldd` names them, and the loader itself."""
    said = subprocess.run(
        ["ldd", *map(str, binaries)], capture_output=True, text=True, check=False
    ).stdout
    return {Path(found) for found in re.findall(r"(/[^\s:]+) \(0x", said)}
