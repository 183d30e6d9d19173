"""A PostgreSQL server of our own, from Debian's package, on a free loopback port; gone with the test."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

WAIT_S = 30


def programs():
    """Return the folder of initdb and pg_ctl of the newest version, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def owner():
    """Return whom the server runs as: PostgreSQL refuses root."""
    if os.getuid():
        return {}
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


class Cluster:
    """A running server."""

    def __init__(self, folder, port, start):
        self._folder = folder
        self._start = start
        self.port = port
        self.dsn = f"postgresql://postgres@127.0.0.1:{port}/postgres"

    def handle(self):
        """Return what a target file says of its pid file: who it runs as does not start it as root."""
        sudo = ["runuser", "-u", "postgres", "--"] if not os.getuid() else []
        path = self._folder / "postmaster.pid"
        # Until somebody has reaped the server that was killed, its successor takes it for alive.
        begin = f"rm -f '{path}' && exec \"$@\""
        return {
            "path": str(path),
            "program": "postgres",
            "start": ["sh", "-c", begin, "sh", *sudo, *self._start],
        }

    def runs(self):
        """Say whether it takes connections."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 2):
            return True
        return False

    def signal(self, number):
        """Send a signal to the server and all of its processes."""
        leader = int((self._folder / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        for pid in (leader, *map(int, children)):
            os.kill(pid, number)


@contextmanager
def cluster(home):
    """Start a server in a folder of its own; skip where there is none to start."""
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    who, folder = owner(), home / "data"
    if who:
        os.chown(home, who["user"], who["group"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"capture_output": True, "timeout": WAIT_S, "cwd": home, **who}
    init = [bin_folder / "initdb", "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*init, "--no-sync", "--locale=C.UTF-8"], check=True, **quiet)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    control = [bin_folder / "pg_ctl", "-D", folder, "-w"]
    subprocess.run([*control, "-o", options, "-l", home / "log", "start"], check=True, **quiet)
    start = [str(word) for word in (*control, "-o", options, "-l", home / "log", "start")]
    running = Cluster(folder, port, start)
    try:
        yield running
    finally:
        if (folder / "postmaster.pid").exists():
            with suppress(ProcessLookupError):
                running.signal(signal.SIGCONT)
            subprocess.run([*control, "-m", "immediate", "stop"], check=running.runs(), **quiet)
        shutil.rmtree(folder, ignore_errors=True)
