"""A phase of a run, and what ends it: its work, a death, or a Ctrl-C at whatever moment it comes."""

import asyncio
from types import SimpleNamespace

import pytest

from harness.run import Run


def alive(work):
    """Return a phase under watch of processes of which none dies."""
    this = SimpleNamespace(processes=SimpleNamespace(died=asyncio.Queue()))
    return Run.alive(this, work)


def test_a_ctrl_c_between_two_phases_is_not_lost():
    async def go(turns):
        async def work():
            await asyncio.sleep(0)

        async def phases():
            for _ in range(5):
                await alive(work())
                await asyncio.sleep(0)

        task = asyncio.get_running_loop().create_task(phases())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for turns in range(1, 20):
        asyncio.run(go(turns))


def test_the_works_own_error_is_the_phases():
    async def go():
        async def work():
            raise ValueError("mine")

        await alive(work())

    with pytest.raises(ValueError, match="mine"):
        asyncio.run(go())
