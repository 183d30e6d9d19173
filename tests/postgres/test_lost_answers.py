"""The platform's database layer on a line that loses answers: a step is done once, and nobody waits for ever."""

import asyncio
import socket
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from harness.targets.reference.database import Database
from tests.postgres.cluster import cluster

DEADLINE_S = 8


class Line:
    """A proxy before a server; what comes back after a COMMIT is lost with the connection."""

    def __init__(self, port):
        self._to = port
        self.armed = threading.Event()
        self.lost = 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                front, _ = self._door.accept()
            except OSError:
                return
            back = socket.create_connection(("127.0.0.1", self._to))
            silent = threading.Event()
            for ends in ((front, back, True), (back, front, False)):
                threading.Thread(target=self._pass, args=(*ends, silent), daemon=True).start()

    def _pass(self, source, sink, up, silent):
        try:
            while data := source.recv(65536):
                if up and b"COMMIT" in data and self.armed.is_set():
                    self.armed.clear()
                    silent.set()
                if up or not silent.is_set():
                    sink.sendall(data)
                    continue
                self.lost += 1
                break
        except OSError:
            self.lost += 0  # the other direction has ended this connection
        for end in (source, sink):
            end.close()

    def close(self):
        self._door.close()


@pytest.fixture
def server():
    with tempfile.TemporaryDirectory(prefix="rc-pg-") as name, cluster(Path(name)) as running:
        yield running


@contextmanager
def over(server):
    line = Line(server.port)
    db = Database(f"postgresql://postgres@127.0.0.1:{line.port}/postgres")
    try:
        yield line, db
    finally:
        db.close()
        line.close()


def test_a_step_whose_commit_was_not_answered_is_done_once(server):
    with over(server) as (line, db):

        async def story():
            await db.run(lambda c: c.execute(text("CREATE TABLE IF NOT EXISTS once (at int)")))
            await db.run(lambda c: c.execute(text("TRUNCATE once")))
            line.armed.set()
            async with asyncio.timeout(DEADLINE_S):
                await db.run(lambda c: c.execute(text("INSERT INTO once VALUES (1)")).rowcount)
            count = text("SELECT count(*) FROM once")
            return await db.read(lambda c: c.execute(count).scalar())

        assert asyncio.run(story()) == 1
        assert line.lost
