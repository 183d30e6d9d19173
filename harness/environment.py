"""What a run was made with: versions, commit, command line, machine; so that it can be repeated."""

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import msgspec

PACKAGES = ("recharge-chaos", "locust", "duckdb", "msgspec", "httptools", "uvloop", "cryptography")


def write(folder: Path) -> None:
    """Write `environment.json` into the run directory."""
    facts = {
        "argv": ["recharge-chaos", *sys.argv[1:]],
        "commit": _commit(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)),
        "packages": {name: metadata.version(name) for name in PACKAGES},
    }
    (folder / "environment.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(facts), indent=1)
    )


def _commit() -> str:
    """Return the checkout's commit, marked if files differ from it; empty outside a checkout."""
    root = Path(__file__).parent.parent
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
