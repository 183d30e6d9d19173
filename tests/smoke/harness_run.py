"""Runs the command line as a person would, in processes of its own."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SMALL = HERE / "small.yaml"
COMMAND = (sys.executable, "-m", "harness")
OURS = re.compile(
    r"mock_upstreams --config|harness\.live --config|harness\.targets\.reference|locustfile\.py|nemesis\.guard"
)


def recharge_chaos(*arguments, timeout=150, **options):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
        **options,
    )


def started(*arguments):
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        stdin=subprocess.DEVNULL,
        preexec_fn=interruptible,  # noqa: PLW1509 - no thread of ours runs here
    )


def interruptible():
    """Let Ctrl-C reach it, also where these tests run in the background, which ignores SIGINT for all its children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def verdict(folder):
    return json.loads((folder / "verdict.json").read_text(encoding="utf-8"))


def only_run(out):
    (folder,) = [p for p in out.glob("*/*") if p.is_dir() and not p.is_symlink()]
    return folder


def wait_for(condition, within_s, what):
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {within_s} s")


def processes_of(out):
    """Return {pid: command} of processes of a run: those with its folder or a private one in their story."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                story = command + (entry / "environ").read_bytes().decode(errors="replace")
                log = str((entry / "fd" / "2").readlink())
            except OSError:
                continue
            if OURS.search(command) and str(out) in story + log:
                found[int(entry.name)] = command
    return found


def in_load(out):
    """Say whether the run in `out` has begun its load and taken money."""
    journals = list(out.glob("*/*/journals/gateways.ndjson"))
    return bool(journals) and b'"kind":"captured"' in journals[0].read_bytes()
