"""The outbox: what must still be done is a row, so that a killed process forgets nothing.

    a step of the business --same transaction--> task (kind, key, due)
    worker of that kind --claims many at once--> desk.work(task) --same transaction--> done, or again later

A task is worked on by one hand at a time. A lease lives as long as the process: `release` at the start gives
back what a killed one held.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Generic, TypeVar

import msgspec
from sqlalchemy import Connection, Integer, bindparam, delete, insert, select, update

from harness.targets.reference.clock import now_ms
from harness.targets.reference.database import FRESH, Database, StoreError
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.tables import tasks

log = logging.getLogger("reference.outbox")

_one = (tasks.c.kind == bindparam("of"), tasks.c.key == bindparam("by"))
_add = Prepared(insert(tasks))
_done = Prepared(delete(tasks).where(*_one))
_again = Prepared(
    update(tasks)
    .where(*_one)
    .values(due_ms=bindparam("at"), tries=bindparam("tried"), leased=bindparam("lease"))
)
_hasten = Prepared(update(tasks).where(*_one).values(due_ms=bindparam("at")))
_due = (
    select(tasks.c.key)
    .where(tasks.c.kind == bindparam("of"), tasks.c.leased == 0, tasks.c.due_ms <= bindparam("at"))
    .order_by(tasks.c.due_ms)
    .limit(bindparam("most", type_=Integer))
)
_claim = Prepared(
    update(tasks)
    .where(tasks.c.kind == bindparam("of"), tasks.c.key.in_(_due.scalar_subquery()))
    .values(leased=bindparam("lease"))
    .returning(tasks.c.key, tasks.c.tries)
)
_release = Prepared(update(tasks).values(leased=bindparam("lease")))

Job = TypeVar("Job")

_AFTER_FAILURE_S = 0.5


class Task(msgspec.Struct, frozen=True):
    """A claimed task: what it is about, and how often it was tried before."""

    key: str
    tries: int


class Outbox:
    """The tasks of one kind; methods take the connection of the transaction they are part of."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def add(self, c: Connection, key: str, due_ms: int) -> None:
        """Put in a task that is due at a real time."""
        _add(c, kind=self.kind, key=key, due_ms=due_ms, tries=0, leased=0)
        self._tell(c, due_ms)

    def done(self, c: Connection, key: str) -> None:
        """Take a task out."""
        _done(c, of=self.kind, by=key)

    def again(self, c: Connection, key: str, due_ms: int, tries: int) -> None:
        """Give a claimed task back, to be done again later."""
        _again(c, of=self.kind, by=key, at=due_ms, tried=tries, lease=0)
        self._tell(c, due_ms)

    def hasten(self, c: Connection, key: str) -> bool:
        """Make a waiting task due now; False if there is none."""
        hastened = _hasten(c, of=self.kind, by=key, at=now_ms()).rowcount == 1
        self._tell(c, 0)
        return bool(hastened)

    def _tell(self, c: Connection, due_ms: int) -> None:
        if due_ms <= now_ms():
            c.info.setdefault(FRESH, set()).add(self.kind)

    def claim(self, c: Connection, most: int) -> list[Task]:
        """Take up to `most` tasks that are due."""
        rows = _claim(c, of=self.kind, at=now_ms(), most=most, lease=1).fetchall()
        return [Task(*row) for row in rows]

    @staticmethod
    def release(c: Connection) -> None:
        """Give back what a former process had claimed; before any worker starts."""
        _release(c, lease=0)


class Worker(Generic[Job]):
    """Claims what is due and works on it, many at once but never more than `hands`."""

    def __init__(
        self,
        db: Database,
        outbox: Outbox,
        load: Callable[[Connection, Task], Job],
        work: Callable[[Task, Job], Coroutine[None, None, None]],
        *,
        hands: int,
        idle_s: float = 0.05,
    ) -> None:
        self._db = db
        self._outbox = outbox
        self._load = load
        self._work = work
        self._free = hands
        self._idle_s = idle_s
        self._bell = asyncio.Event()
        self._at_work: set[asyncio.Task[None]] = set()

    def ring(self, kinds: set[str]) -> None:
        """Look at once, if tasks of its kind have become due."""
        if self._outbox.kind in kinds:
            self._bell.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self._take()
            except Exception:
                log.exception("cannot claim tasks of kind %s", self._outbox.kind)
            await self._rest()

    async def stop(self) -> None:
        """Cancel what is being worked on; the next process will pick it up."""
        for hand in self._at_work:
            hand.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    async def _take(self) -> None:
        self._bell.clear()
        if not self._free:
            return
        for task, job in await self._db.run(self._claim, self._free):
            self._free -= 1
            hand = asyncio.create_task(self._hand(task, job))
            self._at_work.add(hand)
            hand.add_done_callback(self._let_go)

    def _claim(self, c: Connection, most: int) -> list[tuple[Task, Job]]:
        return [(task, self._load(c, task)) for task in self._outbox.claim(c, most)]

    def _let_go(self, hand: asyncio.Task[None]) -> None:
        self._at_work.discard(hand)
        self._free += 1
        if self._free == 1:
            self._bell.set()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._idle_s):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _hand(self, task: Task, job: Job) -> None:
        """Work on one task; whatever goes wrong, the task comes back a little later."""
        try:
            await self._work(task, job)
        except Exception:
            log.exception("task %s %s failed", self._outbox.kind, task.key)
            await self._give_back(task)

    async def _give_back(self, task: Task) -> None:
        """Give a failed task back, however long the database is away."""
        while True:
            later_ms = now_ms() + int(_AFTER_FAILURE_S * 1000)
            try:
                await self._db.run(self._outbox.again, task.key, later_ms, task.tries + 1)
            except StoreError:
                log.exception("task %s %s cannot be given back", self._outbox.kind, task.key)
                await asyncio.sleep(_AFTER_FAILURE_S)
            else:
                return
