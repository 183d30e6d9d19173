"""A Redis server of our own, from Debian's package, on a free loopback port; gone with the test."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress

import pytest

WAIT_S = 20


class Server:
    """A running server. What it was told it still knows after its death: it comes back with old things."""

    def __init__(self, program, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.pid_file = folder / "redis.pid"
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": folder,
            "pidfile": self.pid_file,
            "logfile": folder / "log",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
            "daemonize": "yes",
        }
        self._start = [program, *(str(w) for k, v in options.items() for w in (f"--{k}", v))]

    def start(self):
        subprocess.run(self._start, check=True, capture_output=True, timeout=WAIT_S)
        self._wait(self.runs, "takes connections")

    def handle(self):
        """Return what a target file says of its pid file."""
        return {"path": str(self.pid_file), "program": "redis-server", "start": self._start}

    def ask(self, command):
        """Return the first line of its answer to a command."""
        with socket.create_connection(("127.0.0.1", self.port), 2) as line:
            line.sendall(command + b"\r\n")
            return line.makefile("rb").readline()

    def runs(self):
        with suppress(OSError):
            return self.ask(b"PING").startswith(b"+PONG")
        return False

    def hits(self):
        """Return how often it has found what it was asked for, since it was started."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as line:
            line.sendall(b"INFO stats\r\n")
            told = line.makefile("rb")
            size = int(told.readline()[1:])
            stats = dict(
                row.split(":", 1) for row in told.read(size).decode().split() if ":" in row
            )
        return int(stats["keyspace_hits"])

    def signal(self, number):
        os.kill(int(self.pid_file.read_text()), number)

    def stop(self):
        """End it, whatever state it is in; it takes its pid file along."""
        if self.pid_file.exists():
            with suppress(ProcessLookupError):
                self.signal(signal.SIGCONT)
                self.signal(signal.SIGTERM)
            self.wait_for_end()

    def wait_for_end(self):
        self._wait(lambda: not self.runs(), "is gone")

    def _wait(self, true, what):
        deadline = time.monotonic() + WAIT_S
        while not true():
            assert time.monotonic() < deadline, f"Redis {what}: not within {WAIT_S} s"
            time.sleep(0.02)


@contextmanager
def redis_server(folder):
    """Start a server in a folder of its own; skip where there is none to start."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("Redis is not installed (Debian package redis-server)")
    running = Server(program, folder)
    try:
        running.start()
        yield running
    finally:
        running.stop()
