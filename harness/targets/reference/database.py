"""The database: one short transaction per step of the business, never on the event loop's thread.

SQLite       one writer thread (BEGIN IMMEDIATE) and one reader thread; WAL, so they do not wait for each other
PostgreSQL   a few threads, each with a connection of the pool
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import IntegrityError, OperationalError

from harness.targets.reference.tables import metadata

Got = TypeVar("Got")
Args = ParamSpec("Args")

_TRIES = 4
_POOL = 4

FRESH = "fresh"
"""Where a transaction notes, in its connection's `info`, which kinds of tasks it has made due."""


class Database:
    """Runs functions of a connection as transactions. `after_commit` hears on the loop which tasks became due."""

    def __init__(self, where: str) -> None:
        sqlite = "://" not in where or where.startswith("sqlite")
        self._writing = _sqlite(where, "BEGIN IMMEDIATE") if sqlite else _postgresql(where)
        self._reading = _sqlite(where, "BEGIN") if sqlite else self._writing
        threads = 1 if sqlite else _POOL
        self._writers = ThreadPoolExecutor(threads, "db-write")
        self._readers = ThreadPoolExecutor(threads, "db-read")
        self.after_commit: Callable[[set[str]], None] = _nothing
        metadata.create_all(self._writing)

    async def run(
        self,
        step: Callable[Concatenate[Connection, Args], Got],
        *args: Args.args,
        **kw: Args.kwargs,
    ) -> Got:
        """Run a step in one transaction and return what it returns; its exceptions roll back and pass through.

        A deadlock victim, or the loser of a race for a unique key, is run again: it then sees the winner's work.
        """
        loop = asyncio.get_running_loop()
        got, fresh = await loop.run_in_executor(
            self._writers, lambda: self._write(step, *args, **kw)
        )
        if fresh:
            self.after_commit(fresh)
        return got

    async def read(
        self,
        step: Callable[Concatenate[Connection, Args], Got],
        *args: Args.args,
        **kw: Args.kwargs,
    ) -> Got:
        """Run a step that only reads; it sees everything committed before it began."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self._read(step, *args, **kw))

    def _write(self, step: Callable[..., Got], *args: object, **kw: object) -> tuple[Got, set[str]]:
        for tries_left in reversed(range(_TRIES)):
            try:
                with self._writing.begin() as connection:
                    connection.info[FRESH] = fresh = set[str]()
                    got = step(connection, *args, **kw)
                return got, fresh  # noqa: TRY300 - only once the commit has held
            except (IntegrityError, OperationalError):
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _read(self, step: Callable[..., Got], *args: object, **kw: object) -> Got:
        with self._reading.connect() as connection:
            return step(connection, *args, **kw)

    def close(self) -> None:
        """Let running transactions end, then close the connections."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._reading.dispose()
        self._writing.dispose()


def _nothing(_fresh: set[str]) -> None:
    """Be the hook of a database that nobody listens to."""


def _postgresql(dsn: str) -> Engine:
    bare = dsn.partition("://")[2]
    return create_engine(f"postgresql+psycopg://{bare}", pool_size=2 * _POOL, pool_pre_ping=True)


def _sqlite(where: str, begin: str) -> Engine:
    """Open a file. The driver's own idea of transactions is turned off: it would begin too late, and not IMMEDIATE."""
    url = where if "://" in where else f"sqlite:///{where}"
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 10})

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        # In WAL mode NORMAL survives a killed process; only a power cut can take the last commits.
        connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
