"""The nemesis of a process: kill and start anew, freeze and thaw, by the clock or an order's phase, always undone."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from harness.core.clock import now_ns, tick_s
from harness.core.errors import InconclusiveError
from harness.core.event import Event
from harness.core.journal import Journal
from harness.faults import _host
from harness.faults._host import HostStrike
from harness.handles import UNDOES
from harness.nemesis.held import Ours
from harness.nemesis.hosts import Hosts
from harness.nemesis.phases import Phases
from harness.nemesis.processes import Processes

SLEEPER = [sys.executable, "-c", "import time\nwhile True: time.sleep(60)"]
DEADLINE_S = 8.0


async def until(true, what="condition"):
    end_s = tick_s() + DEADLINE_S
    while not true():
        assert tick_s() < end_s, f"never: {what}"
        await asyncio.sleep(0.005)


def state_of(pid):
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]


class Town:
    """A process of ours, its nemesis, and the rows that the nemesis writes."""

    def __init__(self, processes, tmp_path, strikes, journals=()):
        self.rows, self.children = [], []
        self._processes, self._log = processes, tmp_path / "log"
        self.hosts = Hosts(
            strikes,
            journals=list(journals),
            write=self.rows.append,
            held={
                "target": [
                    Ours(lambda: self.children[-1], lambda: self.start())  # noqa: PLW0108 - a test replaces it later
                ]
            },
        )

    async def start(self):
        self.children.append(await self._processes.start("target", SLEEPER, self._log))
        return self.children[-1]

    def states(self):
        return [row.state for row in self.rows]


def run(tmp_path, strikes, story, journals=()):
    async def go():
        async with Processes(tmp_path / "private") as processes:
            town = Town(processes, tmp_path, strikes, journals)
            await town.start()
            town.hosts.begin(now_ns())
            await story(town)
            await town.hosts.heal()
            assert processes.died.empty(), "what a strike kills did not die unasked"

    asyncio.run(go())


def strike(fault, **more):
    return HostStrike(id="s", fault=fault, **more)


def test_every_host_fault_says_what_it_does_and_what_undoes_it():
    for name, kind in _host.kinds().items():
        assert kind.does in UNDOES, name
        assert kind.__doc__, name


@pytest.mark.parametrize("kind", ["kill", "restart"])
def test_a_process_that_was_ended_is_started_anew(tmp_path, kind):
    async def story(town):
        await until(lambda: town.states() == ["on", "off"], "on and off")
        assert len(town.children) == 2
        assert town.children[0].exit == (-9 if kind == "kill" else -15)
        assert town.children[1].exit is None

    run(tmp_path, [strike({"kind": kind, "down": "10ms"})], story)


def test_a_frozen_process_thaws_after_its_span(tmp_path):
    async def story(town):
        pid = town.children[0].process.pid
        await until(lambda: state_of(pid) == "T", "frozen")
        await until(lambda: len(town.rows) == 2, "off")
        await until(lambda: state_of(pid) != "T", "thawed")
        assert town.states() == ["on", "off"]

    run(tmp_path, [strike({"kind": "pause", "by": "100ms"})], story)


def test_heal_thaws_what_is_frozen_and_starts_what_is_down(tmp_path):
    async def story(town):
        pid = town.children[0].process.pid
        await until(lambda: state_of(pid) == "T", "frozen")
        await town.hosts.heal()
        assert town.states() == ["on", "off"]
        await until(lambda: state_of(pid) != "T", "thawed")

    run(tmp_path, [strike({"kind": "pause", "by": "1h"})], story)

    async def down(town):
        await until(lambda: town.states() == ["on"], "killed")
        await town.hosts.heal()
        assert len(town.children) == 2

    run(tmp_path, [strike({"kind": "kill", "down": "1h"})], down)


def test_a_process_that_does_not_come_back_is_said_at_heal(tmp_path):
    async def go():
        async with Processes(tmp_path / "private") as processes:
            town = Town(processes, tmp_path, [strike({"kind": "kill", "down": "10ms"})])
            await town.start()

            async def never():
                raise InconclusiveError("the target did not become healthy")

            town.start = never
            town.hosts.begin(now_ns())
            await until(lambda: town.states() == ["on"], "killed")
            with pytest.raises(InconclusiveError, match="did not become healthy"):
                await town.hosts.heal()
            assert town.states() == ["on"]

    asyncio.run(go())


def test_heal_waits_for_an_undoing_that_has_begun(tmp_path):
    async def go():
        async with Processes(tmp_path / "private") as processes:
            town = Town(processes, tmp_path, [strike({"kind": "kill", "down": "10ms"})])
            await town.start()
            begun, may_end, start = asyncio.Event(), asyncio.Event(), town.start

            async def slowly():
                begun.set()
                await may_end.wait()
                return await start()

            town.start = slowly
            town.hosts.begin(now_ns())
            await begun.wait()
            healing = asyncio.ensure_future(town.hosts.heal())
            for _ in range(5):
                await asyncio.sleep(0)
            assert not healing.done()
            may_end.set()
            await healing
            assert town.states() == ["on", "off"]
            assert len(town.children) == 2

    asyncio.run(go())


def test_a_strike_that_has_not_come_yet_never_comes_after_heal(tmp_path):
    async def story(town):
        await town.hosts.heal()
        assert town.rows == []

    run(tmp_path, [strike({"kind": "kill"}, at_ms=3_600_000.0)], story)


def test_it_strikes_when_so_many_orders_have_come_so_far(tmp_path):
    path = tmp_path / "gateways.ndjson"

    async def story(town):
        with Journal(path, run="r", recorder="gateways", vantage="gateway") as journal:
            for intent in (1, 1, 2):
                row = Event(vantage="gateway", kind="notify", intent=intent, outcome="ok")
                journal.write(row)
            journal.write(Event(vantage="gateway", kind="notify", intent=3, outcome="unknown"))
            journal.flush()
            phases = Phases([path])
            assert (phases.count("acked"), phases.count("paid")) == (2, 0)
            assert town.rows == []
            journal.write(Event(vantage="gateway", kind="notify", intent=3, outcome="ok"))
            journal.flush()
            await until(lambda: town.states() == ["on", "off"], "struck")

    fault = {"kind": "kill", "down": "10ms"}
    run(tmp_path, [strike(fault, phase="acked", orders=3)], story, [path])


def test_the_guard_ends_even_a_frozen_process(tmp_path):
    async def go():
        processes = Processes(tmp_path / "private")
        await processes.__aenter__()
        child = await processes.start("target", SLEEPER, tmp_path / "log")
        os.killpg(child.process.pid, 19)
        await until(lambda: state_of(child.process.pid) == "T", "frozen")
        processes._guard.stdin.close()  # as if the supervisor had died
        await child.process.wait()
        await processes._guard.wait()
        return child.exit

    assert asyncio.run(go()) == -9


def test_what_nobody_foresaw_is_raised_after_everything_is_undone(tmp_path):
    two = [
        strike({"kind": "pause"}, until_ms=60_000),
        HostStrike(id="t", who="other", fault={"kind": "pause"}, until_ms=60_000),
    ]

    class Broken:
        async def alive(self):
            raise KeyError("a mistake of ours")

    async def go():
        async with Processes(tmp_path / "private") as processes:
            town = Town(processes, tmp_path, two)
            town.hosts._held["other"] = [Broken()]
            child = await town.start()
            town.hosts.begin(now_ns())
            await until(lambda: town.states() == ["on"], "on")
            with pytest.raises(KeyError, match="a mistake of ours"):
                await town.hosts.heal()
            assert town.states() == ["on", "off"]
            assert state_of(child.process.pid) != "T"

    asyncio.run(go())
