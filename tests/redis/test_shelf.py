"""A shelf in a real Redis: what it gives is what was put there under that name, or nothing, and soon."""

import asyncio
import signal
import time

import pytest

from harness.targets.reference import redis_shelf
from harness.targets.reference.shelf import open_shelf

SOON_S = 2.0
"""Much more than its patience of 50 ms, much less than for ever: the machine may be busy."""
HOUR_MS = 3_600_000


@pytest.fixture
def at_once(monkeypatch):
    """Let it ask again at once after a failure."""
    monkeypatch.setattr(redis_shelf, "_REST_S", 0.0)


@pytest.fixture
def story(server):
    """Tell a story about a shelf in the server."""

    def told(story):
        async def once():
            shelf = open_shelf(server.url)
            try:
                return await story(shelf)
            finally:
                await shelf.close()

        return asyncio.run(once())

    return told


async def got(shelf, key):
    """Return what it finds as soon as it finds something."""
    deadline = time.monotonic() + 20
    while (found := await shelf.get(key)) is None:
        assert time.monotonic() < deadline, f"{key} was not found"
        await asyncio.sleep(0.01)
    return found


async def kept(shelf, key, value, keep_ms=HOUR_MS):
    """Put something there until it is there."""
    deadline = time.monotonic() + 20
    while await shelf.get(key) != value:
        assert time.monotonic() < deadline, f"{key} was not kept"
        await shelf.put(key, value, keep_ms)


def test_it_finds_what_was_put_there(story):
    async def told(shelf):
        await kept(shelf, "a", b"1")
        return await got(shelf, "a"), await shelf.get("b")

    assert story(told) == (b"1", None)


@pytest.mark.usefixtures("at_once")
def test_things_end_by_themselves(story, server):
    async def told(shelf):
        await kept(shelf, "a", b"1", HOUR_MS)

    story(told)
    left_ms = int(server.ask(b"PTTL a").removeprefix(b":"))
    assert HOUR_MS - 60_000 < left_ms <= HOUR_MS


@pytest.mark.usefixtures("at_once")
def test_who_stands_still_keeps_nobody_waiting_and_never_answers_the_next_question(story, server):
    async def told(shelf):
        for number in range(8):
            await kept(shelf, f"n{number}", str(number).encode())
        server.signal(signal.SIGSTOP)
        began = time.monotonic()
        while_still = await asyncio.gather(*(shelf.get(f"n{number}") for number in range(8)))
        waited_s = time.monotonic() - began
        server.signal(signal.SIGCONT)
        after = [await got(shelf, f"n{number}") for number in reversed(range(8))]
        return while_still, waited_s, after

    while_still, waited_s, after = story(told)
    assert while_still == [None] * 8
    assert waited_s < SOON_S
    assert after == [str(number).encode() for number in reversed(range(8))]


@pytest.mark.usefixtures("at_once")
def test_who_dies_is_an_empty_shelf_and_comes_back(story, server):
    async def told(shelf):
        await kept(shelf, "a", b"1")
        server.signal(signal.SIGKILL)
        await asyncio.to_thread(server.wait_for_end)
        gone = await shelf.get("a")
        await asyncio.to_thread(server.start)
        return gone, await got(shelf, "a")

    assert story(told) == (None, b"1"), "it comes back with what it knew"


def test_after_a_failure_it_is_left_alone_for_a_while(story, server, monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr(redis_shelf, "tick_s", lambda: now_s[0])

    async def told(shelf):
        await kept_in_time(shelf, now_s)
        server.signal(signal.SIGSTOP)
        missed = await shelf.get("a")
        server.signal(signal.SIGCONT)
        rests = await shelf.get("a")
        now_s[0] += 10
        return missed, rests, await got_in_time(shelf, now_s)

    assert story(told) == (None, None, b"1")


async def kept_in_time(shelf, now_s):
    while await shelf.get("a") != b"1":
        now_s[0] += 10
        await shelf.put("a", b"1", HOUR_MS)


async def got_in_time(shelf, now_s):
    while (found := await shelf.get("a")) is None:
        now_s[0] += 10
    return found


def test_nobody_at_the_address_is_an_empty_shelf(server):
    server.stop()

    async def told():
        shelf = open_shelf(server.url)
        await shelf.put("a", b"1", HOUR_MS)
        found = await shelf.get("a")
        await shelf.close()
        return found

    assert asyncio.run(told()) is None
