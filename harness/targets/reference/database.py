"""The database: each step of the business is a transaction, and none runs on the event loop's thread.

    SQLite       one writing thread (BEGIN IMMEDIATE), one reading thread; in WAL mode neither waits for the other
    PostgreSQL   a few threads of each kind, each with a connection of its own; a server that answers nothing is given
                 up after a while; after a lost answer to a commit it is asked what became of it (`commits.py`)

Steps that wait together for SQLite's only writer share one commit. Their callers hear of it after the commit; if one
of them fails, all are rolled back and run one by one, so that a step never sees another's failure.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from harness.targets.reference.changes import Changes, Round
from harness.targets.reference.commits import Marks
from harness.targets.reference.patience import Patience
from harness.targets.reference.tables import metadata

Got = TypeVar("Got")
Args = ParamSpec("Args")

log = logging.getLogger("reference.database")

FRESH = "fresh"
"""Where a step notes, in its connection's `info`, which kinds of tasks it has made due."""
CHANGED = "changed"
"""Where it notes there which orders it changes, before it does."""

_TRIES = 4
_TOGETHER = 32
_POSTGRESQL_THREADS = 4
_PATIENCE_S = 2.0
_CONNECT_AGAIN_S = 0.2


class StoreError(Exception):
    """The database could not do it; nothing of the step has happened."""


class UnknownError(StoreError):
    """The database took the step and then told us nothing more; it may have happened, or may not."""


class _Job:
    """One step with what became of it."""

    def __init__(self, step: Callable[[Connection], Any]) -> None:
        self.step = step
        self.loop = asyncio.get_running_loop()
        self.waiting = self.loop.create_future()
        self.got: Any = None
        self.error: Exception | None = None

    def settle(self) -> None:
        if self.waiting.cancelled():
            return
        if self.error is None:
            self.waiting.set_result(self.got)
        else:
            self.waiting.set_exception(self.error)


class Database:
    """Runs functions of a connection. `after_commit` hears on the loop which kinds of tasks became due."""

    def __init__(self, where: str) -> None:
        sqlite = "://" not in where or where.startswith("sqlite")
        self._patience = None if sqlite else Patience(_PATIENCE_S)
        self._engines = _postgresql(where, self._patience) if self._patience else _sqlite(where)
        self._over = threading.Event()
        self._marks: Marks | None = None
        with self._patiently():
            metadata.create_all(self._engines[0])
            self._marks = None if sqlite else Marks(self._engines[0])
        if not sqlite:
            # Patience knows a connection by the thread that made it: the threads shall not inherit one of ours.
            self._engines[0].dispose()
        self.after_commit: Callable[[set[str]], None] = _nothing
        self.changes = Changes()
        self._writes: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._reads: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._together = _TOGETHER if sqlite else 1
        serve = (self._serve_writes, self._serve_reads)
        self._threads = [
            threading.Thread(target=target, name=target.__name__, daemon=True)
            for target in serve * (1 if sqlite else _POSTGRESQL_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    async def run(
        self,
        step: Callable[Concatenate[Connection, Args], Got],
        *args: Args.args,
        **kw: Args.kwargs,
    ) -> Got:
        """Run a step in a transaction and return what it returns; its exceptions roll back and pass through.

        A deadlock victim, or the loser of a race for a unique key, is run again: it then sees the winner's work.
        """
        return await self._queued(self._writes, lambda c: step(c, *args, **kw))

    async def read(
        self,
        step: Callable[Concatenate[Connection, Args], Got],
        *args: Args.args,
        **kw: Args.kwargs,
    ) -> Got:
        """Run a step that only reads; it sees everything committed before it began."""
        return await self._queued(self._reads, lambda c: step(c, *args, **kw))

    async def _queued(
        self, jobs: "queue.SimpleQueue[_Job | None]", step: Callable[[Connection], Got]
    ) -> Got:
        job = _Job(step)
        jobs.put(job)
        got: Got = await job.waiting
        return got

    def _serve_writes(self) -> None:
        with self._connected(self._engines[0]) as connection:
            while (job := self._writes.get()) is not None:
                jobs = [job]
                while len(jobs) < self._together and not self._writes.empty():
                    another = self._writes.get()
                    if another is None:
                        self._writes.put(None)
                        break
                    jobs.append(another)
                with self._patiently(), self.changes.of_a_round() as changed:
                    fresh = _commit(connection, jobs, self._marks, changed)
                job.loop.call_soon_threadsafe(self._settle, jobs, fresh)

    def _serve_reads(self) -> None:
        with self._connected(self._engines[1]) as connection:
            while (job := self._reads.get()) is not None:
                with self._patiently():
                    _read(connection, job)
                job.loop.call_soon_threadsafe(job.settle)

    def _connected(self, engine: Engine) -> Connection:
        """Connect, however long the server is away: a thread that gave up would leave its callers waiting."""
        while True:
            try:
                with self._patiently():
                    return engine.connect()
            except DBAPIError as error:
                log.warning("the database cannot be reached yet: %s", error)
                if self._over.wait(_CONNECT_AGAIN_S):
                    raise

    def _patiently(self) -> AbstractContextManager[None]:
        return self._patience.waiting() if self._patience else nullcontext()

    def _settle(self, jobs: list[_Job], fresh: set[str]) -> None:
        for job in jobs:
            job.settle()
        if fresh:
            self.after_commit(fresh)

    def close(self) -> None:
        """Let what is queued end, then close the connections."""
        for _ in self._threads:
            self._writes.put(None)
            self._reads.put(None)
        self._over.set()
        if self._marks:
            self._marks.close()
        for thread in self._threads:
            thread.join()
        for engine in self._engines:
            engine.dispose()
        if self._patience:
            self._patience.close()


def _commit(
    connection: Connection, jobs: list[_Job], marks: Marks | None, changed: Round
) -> set[str]:
    """Run jobs in one transaction, or each in its own if one fails; return what became due."""
    fresh: set[str] = set()
    for tries_left in reversed(range(_TRIES)):
        mark = None
        try:
            with connection.begin():
                connection.info[FRESH] = fresh
                connection.info[CHANGED] = changed
                for job in jobs:
                    job.got = job.step(connection)
                mark = marks.leave(connection) if marks else None
        except Exception as error:  # noqa: BLE001 - it is the caller's
            failure = _after_failure(connection, error)
            came_about = marks.came_about(connection, mark) if marks and mark else False
            if came_about:
                break
            fresh.clear()
            if came_about is None:
                changed.doubtful = True
                jobs[0].error = UnknownError(f"a commit was not answered: {error}")
                break
            if len(jobs) > 1:
                return set[str]().union(
                    *(_commit(connection, [job], marks, changed) for job in jobs)
                )
            if not tries_left or not isinstance(failure, StoreError):
                jobs[0].error = failure
                break
        else:
            if marks:
                marks.kept(connection, mark)
            break
    return fresh


def _read(connection: Connection, job: _Job) -> None:
    """Run a job that only reads; once more if it was our old connection that failed, and not the server."""
    for tries_left in (1, 0):
        try:
            job.got = job.step(connection)
        except Exception as error:  # noqa: BLE001 - it is the caller's
            failure = _after_failure(connection, error)
            # A connection that broke within a transaction can be used anew only after its end.
            connection.rollback()
            if tries_left and connection.invalidated:
                continue
            job.error = failure
        return


def _after_failure(connection: Connection, error: Exception) -> Exception:
    """Return a driver's error as a StoreError, others as they are; a server's connection may be broken by it."""
    dbapi = connection.dialect.loaded_dbapi
    if not isinstance(error, (dbapi.Error, DBAPIError)):
        return error
    broken = isinstance(error, (dbapi.OperationalError, dbapi.InterfaceError))
    if broken and connection.dialect.name != "sqlite" and not connection.invalidated:
        connection.invalidate()
    failure = StoreError(str(error))
    failure.__cause__ = error
    return failure


def _nothing(_fresh: set[str]) -> None:
    """Be the hook of a database that nobody listens to."""


def _postgresql(dsn: str, patience: Patience) -> tuple[Engine, Engine]:
    url = f"postgresql+psycopg://{dsn.partition('://')[2]}"
    # A server that does not see us go must not keep what we had locked.
    mercy = f"-c idle_in_transaction_session_timeout={int(_PATIENCE_S * 1000)}"
    connect = {"connect_timeout": int(_PATIENCE_S), "options": mercy}
    pool: dict[str, Any] = {"pool_size": _POSTGRESQL_THREADS, "pool_pre_ping": True}
    pool["connect_args"] = connect
    engines = create_engine(url, **pool), create_engine(url, isolation_level="AUTOCOMMIT", **pool)
    for engine in engines:
        # First of all: what the driver asks on a new connection may already be met by silence.
        event.listen(engine, "connect", patience.connected, insert=True)
    return engines


def _sqlite(where: str) -> tuple[Engine, Engine]:
    """Open a file twice: for the writer and for the reader, whose every statement is its own transaction.

    The driver's own idea of transactions is turned off: it would begin too late, and not IMMEDIATE.
    """
    url = where if "://" in where else f"sqlite:///{where}"
    options = {"check_same_thread": False, "timeout": 10}
    writing, reading = (create_engine(url, connect_args=options) for _ in range(2))

    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        # In WAL mode NORMAL survives a killed process; only a power cut can take the last commits.
        connection.execute("PRAGMA synchronous=NORMAL")

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    for engine in (writing, reading):
        event.listen(engine, "connect", on_connect)
    event.listen(writing, "begin", on_begin)
    return writing, reading
