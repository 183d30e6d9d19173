import asyncio

import pytest
from sqlalchemy import select

from harness.targets.reference.database import Database, StoreError
from harness.targets.reference.outbox import Outbox, Worker
from harness.targets.reference.tables import tasks


@pytest.fixture
def db(tmp_path):
    database = Database(str(tmp_path / "d.sqlite"))
    yield database
    database.close()


def test_steps_that_commit_together_fail_apart(db):
    outbox = Outbox("k")

    def bad(c):
        outbox.add(c, "bad", 0)
        raise KeyError("mine")

    async def story():
        steps = [db.run(outbox.add, f"good{i}", 0) for i in range(20)]
        steps.insert(7, db.run(bad))
        got = await asyncio.gather(*steps, return_exceptions=True)
        assert [type(one) for one in got if one is not None] == [KeyError]
        keys = await db.read(lambda c: set(c.execute(select(tasks.c.key)).scalars()))
        assert keys == {f"good{i}" for i in range(20)}

    asyncio.run(story())


def test_a_broken_rule_of_the_database_is_a_store_error(db):
    outbox = Outbox("k")

    async def story():
        await db.run(outbox.add, "one", 0)
        with pytest.raises(StoreError):
            await db.run(outbox.add, "one", 0)

    asyncio.run(story())


def test_claimed_tasks_are_claimed_once_and_released_for_the_next_process(db):
    outbox = Outbox("k")

    async def story():
        for i in range(5):
            await db.run(outbox.add, f"t{i}", 0)
        await db.run(outbox.add, "later", 1 << 60)
        claims = await asyncio.gather(*(db.run(outbox.claim, 2) for _ in range(4)))
        keys = [task.key for claim in claims for task in claim]
        assert sorted(keys) == [f"t{i}" for i in range(5)]
        await db.run(Outbox.release)
        assert len(await db.run(outbox.claim, 9)) == 5

    asyncio.run(story())


def test_work_that_fails_comes_back_until_it_is_done(db):
    outbox = Outbox("k")
    seen = []

    async def work(task, job):
        seen.append((task.tries, job))
        if len(seen) == 1:
            raise KeyError("mine")
        await db.run(outbox.done, task.key)
        stop.set()

    async def story():
        await db.run(outbox.add, "one", 0)
        worker = Worker(db, outbox, lambda _c, task: task.key.upper(), work, hands=2)
        running = asyncio.create_task(worker.run())
        async with asyncio.timeout(5):
            await stop.wait()
        running.cancel()
        await worker.stop()
        assert seen == [(0, "ONE"), (1, "ONE")]
        assert await db.read(lambda c: c.execute(select(tasks.c.key)).all()) == []

    stop = asyncio.Event()
    asyncio.run(story())
