"""A line to a PostgreSQL server that loses one COMMIT, or the answer to one, when it is told to."""

import socket
import threading
from contextlib import suppress

COMMIT = b"COMMIT\0"


class Line:
    """A proxy on loopback; `lose` says what becomes of the next COMMIT that passes.

    answer_cut         the server commits, and the connection breaks instead of the answer
    answer_swallowed   the server commits, and nothing is ever heard again
    commit_cut         the server never sees it, and the connection breaks at both ends
    commit_swallowed   the server never sees it, and both ends stay open
    """

    def __init__(self, port):
        self._server = port
        self._armed = None
        self._gone = False
        self._open = []
        self._answered = threading.Event()
        self.lost = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._threads = []
        self._go(self._take)

    def lose(self, how, gone=False):
        """Lose what becomes of the next COMMIT; if `gone`, nobody who lost it finds the server again."""
        self._gone = gone
        self._armed = how

    def cut(self):
        """Break what is open now."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self):
        """Break everything, and take nobody any more."""
        self._take_nobody()
        self.cut()
        for thread in self._threads:
            thread.join(10)
        for one in (self._listening, *self._open):
            one.close()

    def _take_nobody(self):
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)

    def _take(self):
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                self._open += [client, server]
                muted = threading.Event()
                for work in (self._up, self._down):
                    self._go(work, client, server, muted)

    def _go(self, work, *args):
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _up(self, client, server, muted):
        with suppress(OSError):
            while data := client.recv(65536):
                how = self._armed if COMMIT in data else None
                if how is None:
                    server.sendall(data)
                    continue
                self._armed = None
                if self._gone:
                    self._take_nobody()
                self.lost += 1
                self._answered.clear()
                muted.set()
                if how.startswith("answer"):
                    server.sendall(data)
                    self._answered.wait(10)
                if how.endswith("cut"):
                    break
                return  # neither end hears of it
        for one in (client, server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _down(self, client, server, muted):
        with suppress(OSError):
            while data := server.recv(65536):
                if muted.is_set():
                    self._answered.set()
                else:
                    client.sendall(data)
        if not muted.is_set():
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
