"""Patience with a database server: a line that swallows bytes must not hold a thread for ever.

TCP tells nobody that an answer will never come. So whoever waits longer than is reasonable gives the connection up: its
socket is shut, the driver's waiting call ends with an error, and the step is done again on a new connection.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.targets.reference.clock import tick_s

_LOOK_S = 0.1


class Patience:
    """Watches threads that each use a connection of their own."""

    def __init__(self, most_s: float) -> None:
        self._most_s = most_s
        self._lock = threading.Lock()
        self._connections: dict[int, Any] = {}
        self._since_s: dict[int, float] = {}
        self._over = threading.Event()
        threading.Thread(target=self._watch, name="patience", daemon=True).start()

    def connected(self, connection: Any, _record: object = None) -> None:
        """Take note of the connection that this thread has just made."""
        self._connections[threading.get_ident()] = connection

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Give this thread's connection up if what is done within takes too long."""
        me = threading.get_ident()
        with self._lock:
            self._since_s[me] = tick_s()
        try:
            yield
        finally:
            with self._lock:
                self._since_s.pop(me, None)

    def close(self) -> None:
        """Watch no longer."""
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            with self._lock:
                late_s = tick_s() - self._most_s
                for thread in [t for t, since_s in self._since_s.items() if since_s < late_s]:
                    self._since_s[thread] = tick_s()
                    _shut(self._connections.get(thread))


def _shut(connection: Any) -> None:
    """Shut a connection's socket, so that whoever waits on it is told."""
    if connection is None or connection.closed:
        return
    try:
        with socket.socket(fileno=socket.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has gone by itself meanwhile
