"""A commit whose answer is lost, on a real PostgreSQL: done once, told truly, and nobody waits for ever."""

import asyncio
import threading

import pytest
from sqlalchemy import select

from harness.targets.reference.commits import Marks
from harness.targets.reference.database import Database, UnknownError
from harness.targets.reference.outbox import Outbox
from harness.targets.reference.tables import tasks
from tests.postgres.line import Line

WAYS = ["answer_cut", "answer_swallowed", "commit_cut", "commit_swallowed"]
WAIT_S = 20
TIMES = 5
THREADS = 4


@pytest.fixture
def line(server):
    running = Line(server.port)
    yield running
    running.close()


@pytest.fixture
def db(server, line):
    opened = Database(server.dsn.replace(f":{server.port}/", f":{line.port}/"))
    asyncio.run(all_connected(opened))
    yield opened
    opened.close()


async def all_connected(db):
    """Wait until each thread has its connection: what is lost shall be a step's commit."""
    for does in (db.run, db.read):
        together = threading.Barrier(THREADS)
        await asyncio.gather(
            *(
                does(lambda _c, all_of=together: all_of.wait(WAIT_S) and None)
                for _ in range(THREADS)
            )
        )


def keys(db):
    return db.read(lambda c: sorted(c.execute(select(tasks.c.key)).scalars()))


def marks(db):
    return db.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM commits").scalar())


@pytest.mark.parametrize("how", WAYS)
def test_a_step_is_done_once_whatever_became_of_its_commit(db, line, how):
    outbox = Outbox("k")
    tries = []

    def step(c, name):
        tries.append(name)
        outbox.add(c, name, 0)

    async def story():
        for at in range(TIMES):
            line.lose(how)
            async with asyncio.timeout(WAIT_S):
                await db.run(step, f"t{at}")
        assert await keys(db) == [f"t{at}" for at in range(TIMES)]

    asyncio.run(story())
    assert line.lost == TIMES
    again = 1 if how.startswith("answer") else 2
    assert len(tries) == TIMES * again, "what was committed is not done again, what was not is"


def test_marks_do_not_pile_up(db):
    outbox = Outbox("k")

    async def story():
        for at in range(40):
            await db.run(outbox.add, f"t{at}", 0)
        assert 1 <= await marks(db) <= 4, "one for each connection"
        before = await marks(db)
        await db.run(lambda c: c.execute(select(tasks.c.key)).all())
        assert await marks(db) == before, "who wrote nothing leaves none"

    asyncio.run(story())


def test_what_cannot_be_asked_is_said_to_be_unknown_and_nothing_is_lost_with_it(
    db, line, monkeypatch
):
    outbox = Outbox("k")
    monkeypatch.setattr(Marks, "came_about", lambda *_: None)

    async def story():
        line.lose("answer_cut")
        with pytest.raises(UnknownError):
            await db.run(outbox.add, "one", 0)
        assert await keys(db) == ["one"]

    asyncio.run(story())


def test_asking_ends_when_the_platform_does(server, line):
    outbox = Outbox("k")
    db = Database(server.dsn.replace(f":{server.port}/", f":{line.port}/"))

    async def story():
        await all_connected(db)
        line.lose("answer_cut", gone=True)
        running = asyncio.create_task(db.run(outbox.add, "one", 0))
        while not line.lost:  # noqa: ASYNC110 - a thread tells nobody
            await asyncio.sleep(0.01)
        line.close()
        async with asyncio.timeout(WAIT_S):
            await asyncio.to_thread(db.close)
            with pytest.raises(UnknownError):
                await running

    asyncio.run(story())


def test_reads_and_steps_go_on_after_every_line_broke(db, line):
    outbox = Outbox("k")

    async def story():
        await asyncio.gather(*(db.run(outbox.add, f"t{at}", 0) for at in range(8)))
        line.cut()
        async with asyncio.timeout(WAIT_S):
            await asyncio.gather(*(db.run(outbox.add, f"u{at}", 0) for at in range(8)))
            for _ in range(8):
                got = await asyncio.gather(*(keys(db) for _ in range(4)))
                assert {len(one) for one in got} == {16}

    asyncio.run(story())
