"""Handles on real processes: each act and what takes it back, whose process is never touched, and the guard."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from harness.core.clock import now_ns, tick_s
from harness.core.errors import UsageError
from harness.faults._host import HostStrike
from harness.handles import Handled, HandleError, _proc
from harness.handles.action import Action
from harness.handles.commands import Commands
from harness.handles.pid_file import TERM_WAIT_S, PidFile
from harness.keeper import Keeper
from harness.nemesis import held
from harness.nemesis.held import Foreign
from harness.nemesis.hosts import Hosts
from harness.nemesis.processes import Processes
from harness.targets import target as targets

DEADLINE_S = 10.0
# A master with a worker, as php-fpm and nginx are; the worker ends with its master's SIGTERM.
MASTER = """
import os, signal, sys, time
worker = os.fork()
def end(*_):
    if worker: os.kill(worker, signal.SIGKILL)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
if worker: open(sys.argv[1], "w").write(str(os.getpid()))
while True: time.sleep(60)
"""


def until(true, what="condition"):
    end_s = tick_s() + DEADLINE_S
    while not true():
        assert tick_s() < end_s, f"never: {what}"
        time.sleep(0.005)


@pytest.fixture
def daemon(tmp_path):
    """A process with a worker that names itself in a pid file, and a command that starts it again."""
    (tmp_path / "shop.py").write_text(MASTER, encoding="utf-8")
    words = [sys.executable, str(tmp_path / "shop.py"), str(tmp_path / "shop.pid")]
    launcher = (
        "import subprocess, sys\n"
        "subprocess.Popen(sys.argv[1:], start_new_session=True,"
        " stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)"
    )
    handle = PidFile(
        path=str(tmp_path / "shop.pid"),
        program="shop.py",
        start=[sys.executable, "-W", "ignore", "-c", launcher, *words],
        within="10s",
    )
    handle.perform("start", {})
    until(lambda: len(handle.remember()["processes"]) == 2, "its worker")
    yield handle
    if handle.alive({}) or _still(handle):
        handle.perform("kill", handle.remember())


def _still(handle):
    try:
        return bool(handle.remember())
    except HandleError:
        return False


def tree(handle):
    return handle.remember()["processes"]


def test_a_master_and_its_worker_stand_still_and_go_on(daemon):
    memory = daemon.remember()
    daemon.perform("pause", memory)
    until(lambda: all(map(_proc.stands_still, memory["processes"])), "both stopped")
    assert daemon.alive(memory) is False
    daemon.perform("resume", memory)
    until(lambda: not any(map(_proc.stands_still, memory["processes"])), "both go on")
    assert daemon.alive(memory) is True


LIKE_POSTGRES = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, lambda *_: (open(sys.argv[1] + ".asked", "w").close(), os._exit(0)))
open(sys.argv[1], "w").write(str(os.getpid()))
while True: time.sleep(60)
"""


def test_one_that_waits_for_its_clients_at_a_term_is_stopped_by_the_signal_that_it_wants(tmp_path):
    (tmp_path / "db.py").write_text(LIKE_POSTGRES, encoding="utf-8")
    pid_file = tmp_path / "db.pid"
    with subprocess.Popen([sys.executable, tmp_path / "db.py", pid_file]) as process:
        handle = PidFile(path=str(pid_file), program="db.py", start=["true"], stop_signal="INT")
        until(lambda: pid_file.exists() and handle.alive({}), "it runs")
        began_s = tick_s()
        reaper = threading.Thread(target=process.wait)
        reaper.start()
        handle.perform("stop", handle.remember())
        reaper.join()
    assert tick_s() - began_s < TERM_WAIT_S
    assert (tmp_path / "db.pid.asked").exists()
    with pytest.raises(ValueError, match="stop_signal"):
        msgspec.convert({"path": "p", "program": "x", "stop_signal": "KILL"}, PidFile)


STARTS_WHERE_NOBODY_HAS_THE_ID = """
import os, subprocess, sys
path, was = sys.argv[1], int(open(sys.argv[1]).read())
try: os.kill(was, 0)
except ProcessLookupError: pass
else: sys.exit("lock file exists already")
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
open(path, "w").write(str(child.pid))
"""


def test_a_start_that_takes_the_corpse_for_a_process_is_tried_again_when_it_is_gone(tmp_path):
    pid_file, program = tmp_path / "a.pid", Path(sys.executable).name
    start = [sys.executable, "-W", "ignore", "-c", STARTS_WHERE_NOBODY_HAS_THE_ID, str(pid_file)]
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        pid_file.write_text(str(process.pid), encoding="ascii")
        handle = PidFile(path=str(pid_file), program=program, start=start)
        memory = handle.remember()
        handle.perform("kill", memory)
        assert _proc.is_there(tuple(memory["processes"][0]))
        later = threading.Timer(0.3, process.wait)
        later.start()
        handle.perform("start", memory)
        later.join()
    assert handle.alive({})
    handle.perform("kill", handle.remember())
    pid_file.write_text(str(os.getpid()), encoding="ascii")
    with pytest.raises(HandleError, match="ended with 1"):
        handle.perform("start", {})


@pytest.mark.parametrize("act", ["kill", "stop"])
def test_it_ends_with_its_worker_and_comes_back(daemon, act):
    memory = daemon.remember()
    daemon.perform(act, memory)
    assert not any(map(_proc.runs, memory["processes"]))
    assert daemon.alive({}) is False
    daemon.perform("start", memory)
    assert daemon.alive({}) is True
    assert tree(daemon)[0] != memory["processes"][0]
    before = tree(daemon)[0]
    daemon.perform("start", memory)
    assert tree(daemon)[0] == before, "started once more although it ran"


def test_resuming_never_meets_another_process_with_the_same_id(daemon):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        other.send_signal(signal.SIGSTOP)
        pid, since = _proc.known(other.pid)
        until(lambda: _proc.stands_still((pid, since)), "stopped")
        daemon.perform("resume", {"processes": [(pid, since - 1)]})
        assert _proc.stands_still((pid, since))
        daemon.perform("resume", {"processes": [(pid, since)]})
        until(lambda: not _proc.stands_still((pid, since)), "the very process goes on")
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("1", "never touched"),
        ("{own}", "never touched"),
        ("{parent}", "never touched"),
        ("0", "never touched"),
        ("-4", "never touched"),
        ("no number", "no process id"),
        ("", "no process id"),
    ],
)
def test_some_processes_are_never_touched(tmp_path, content, said):
    path = tmp_path / "a.pid"
    path.write_text(content.format(own=os.getpid(), parent=os.getppid()), encoding="ascii")
    handle = PidFile(path=str(path), program="python")
    with pytest.raises(HandleError, match=said):
        handle.remember()


def test_an_old_file_that_names_another_program_is_not_believed(daemon):
    stale = msgspec.structs.replace(daemon, program="php-fpm")
    with pytest.raises(HandleError, match="another program than php-fpm"):
        stale.remember()
    assert stale.alive({}) is False


def test_a_handle_says_what_it_can_do():
    bare = PidFile(path="a.pid", program="a")
    assert bare.acts() == {"pause"}
    assert PidFile(path="a.pid", program="a", supervised=True).acts() == {"pause", "kill", "stop"}
    some = Commands(kill=["k"], start=["s"], pause=["p"])
    assert some.acts() == {"kill"}, "nothing resumes what is paused"
    with pytest.raises(HandleError, match="none to resume"):
        some.perform("resume", {})
    assert Action(do=["d"], undo=["u"]).acts() == {"run"}
    with pytest.raises(HandleError, match="cannot disconnect"):
        bare.perform("disconnect", {})


def touch(path):
    return [sys.executable, "-c", f"open({str(path)!r}, 'a').write('x')"]


def test_commands_are_run_and_their_failure_is_said(tmp_path):
    handle = Commands(kill=touch(tmp_path / "k"), start=["false"], is_alive=["true"])
    handle.perform("kill", {})
    assert (tmp_path / "k").read_text() == "x"
    with pytest.raises(HandleError, match="false ended with 1"):
        handle.perform("start", {})
    assert handle.alive({}) is True
    slow = Commands(kill=["sleep", "60"], start=["/no/such/program"], within="50ms")
    with pytest.raises(HandleError, match="did not end within 50ms"):
        slow.perform("kill", {})
    with pytest.raises(HandleError, match="cannot be run"):
        slow.perform("start", {})


def strike(kind, **more):
    return HostStrike(id="s", fault={"kind": kind, **more.pop("fault", {})}, **more)


async def soon(true, what):
    end_s = tick_s() + DEADLINE_S
    while not true():
        assert tick_s() < end_s, f"never: {what}"
        await asyncio.sleep(0.005)


async def _nothing():
    pass


def struck(tmp_path, handle, strikes, story, who="target"):
    async def go():
        async with Processes(tmp_path / "private") as processes:
            foreign, rows = Foreign(handle, processes, _nothing), []
            hosts = Hosts(strikes, journals=[], write=rows.append, held={who: [foreign]})
            hosts.begin(now_ns())
            await story(processes, foreign, hosts, rows)
            await hosts.stand_down()
            await foreign.release()

    asyncio.run(go())


def states(rows):
    return [row.state for row in rows]


def test_a_strike_is_undone_when_its_time_is_up(tmp_path, daemon):
    async def story(_processes, _foreign, _hosts, rows):
        memory = daemon.remember()
        await soon(lambda: all(map(_proc.stands_still, memory["processes"])), "paused")
        await soon(lambda: states(rows) == ["on", "off"], "off")
        assert daemon.alive({}) is True

    struck(tmp_path, daemon, [strike("pause", fault={"by": "100ms"})], story)


def test_what_is_struck_when_a_run_is_interrupted_is_taken_back(tmp_path, daemon):
    async def story(_processes, foreign, hosts, rows):
        await soon(lambda: states(rows) == ["on"], "paused")
        await hosts.stand_down()
        await soon(lambda: daemon.alive({}) is False, "stopped: a signal takes its time")
        await foreign.release()
        assert daemon.alive({}) is True

    struck(tmp_path, daemon, [strike("pause", fault={"by": "1h"})], story)


def test_an_action_is_undone_and_one_that_fails_is_trouble(tmp_path):
    action = Action(do=touch(tmp_path / "did"), undo=touch(tmp_path / "undid"))

    async def story(_processes, _foreign, _hosts, rows):
        await soon(lambda: states(rows) == ["on", "off"], "off")
        assert (tmp_path / "undid").read_text() == "x"

    fault = {"action": "slow", "by": "10ms"}
    struck(tmp_path, action, [strike("run", fault=fault, who="a")], story, who="a")
    assert (tmp_path / "did").read_text() == "x"

    async def failing(_processes, _foreign, _hosts, rows):
        await soon(lambda: states(rows) == ["", "off"], "undone although it failed")
        assert rows[0].kind == "trouble"
        assert "ended with 1" in rows[0].detail["en"]

    bad = Action(do=["false"], undo=touch(tmp_path / "undid"))
    struck(tmp_path, bad, [strike("run", fault=fault, who="a")], failing, who="a")
    assert (tmp_path / "undid").read_text() == "xx"


def kept(tmp_path, monkeypatch, handle, story, look_s=0.05):
    """Hold a handle as a run does, and return who died meanwhile."""
    monkeypatch.setattr(held, "LOOK_S", look_s)

    async def go():
        async with Processes(tmp_path / "private") as processes:
            keeper = Keeper(processes, tmp_path, tmp_path, {})
            handled = Handled(pid_file=handle)
            await keeper.hold("target", [handled], {})
            await story(keeper.held["target"][0])
            await asyncio.sleep(held.GONE_LOOKS * look_s + 0.4)
            died = [] if processes.died.empty() else [processes.died.get_nowait()]
            assert await keeper.leave() == []
            return died

    return asyncio.run(go())


def killed_by_a_stranger(daemon):
    for pid, _ in daemon.remember()["processes"]:
        os.kill(pid, 9)
    until(lambda: daemon.alive({}) is False, "dead")


def test_a_foreign_target_that_ends_unasked_has_died(tmp_path, monkeypatch, daemon):
    async def story(_):
        killed_by_a_stranger(daemon)

    died = kept(tmp_path, monkeypatch, daemon, story)
    assert [(death.name, death.exit) for death in died] == [("target", None)]


def test_what_a_strike_does_is_no_death_however_long_it_lasts(tmp_path, monkeypatch, daemon):
    async def story(target):
        await target.begin("pause")
        await asyncio.sleep(0.5)
        await target.undo("pause")

    assert kept(tmp_path, monkeypatch, daemon, story) == []


def test_who_is_back_at_once_did_not_die(tmp_path, monkeypatch, daemon):
    async def story(_):
        killed_by_a_stranger(daemon)
        daemon.do_start({})

    assert kept(tmp_path, monkeypatch, daemon, story, look_s=1.0) == []


SUPERVISOR = """
import asyncio, sys
from pathlib import Path
import msgspec
from harness.handles.action import Action
from harness.handles.pid_file import TERM_WAIT_S, PidFile
from harness.keeper import Keeper
from harness.nemesis import held
from harness.nemesis.held import Foreign
from harness.nemesis.processes import Processes

async def nothing(): pass

async def main():
    async with Processes(Path(sys.argv[1])) as processes:
        handle = msgspec.json.decode(sys.argv[2], type=PidFile)
        action = msgspec.json.decode(sys.argv[3], type=Action)
        await Foreign(handle, processes, nothing).begin("pause")
        await Foreign(action, processes, nothing).begin("run")
        print("struck", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def test_the_guard_undoes_everything_when_the_supervisor_dies(tmp_path, daemon):
    action = Action(do=touch(tmp_path / "did"), undo=touch(tmp_path / "undid"))
    private = tmp_path / "private"
    private.mkdir()
    told = [msgspec.json.encode(one).decode() for one in (daemon, action)]
    command = [sys.executable, "-c", SUPERVISOR, str(private), *told]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout.readline() == b"struck\n"
        memory = daemon.remember()
        until(lambda: all(map(_proc.stands_still, memory["processes"])), "paused")
        assert not (tmp_path / "undid").exists()
        supervisor.kill()
    until(lambda: not any(map(_proc.stands_still, memory["processes"])), "resumed by the guard")
    until(lambda: not private.exists(), "the guard has ended")
    assert (tmp_path / "undid").read_text() == "x"


TARGET = Path("scenarios/targets/reference.yaml").read_text(encoding="utf-8").partition("control:")


@pytest.mark.parametrize(
    ("control", "said"),
    [
        ("{pid_file: {path: a.pid, program: a}, container: {name: a}}", "one handle, not"),
        ("{pid_file: {path: a.pid}}", "'program' is required"),
        ("{health: {get: /}}", "a handle"),
        ("{instances: [{healthy_at: 'http://127.0.0.1'}]}", "each instance needs a handle"),
        ("{container: {nam: a}}", "did you mean 'name'"),
        ("{container: {name: a, engine: 'ssh://x'}}", "unix:///PATH or tcp://HOST:PORT"),
        ("{actions: {slow: {do: [x]}}}", "'undo' is required"),
        ("{start: [a], healthy_at: 'ftp://x'}", "tcp://HOST:PORT"),
    ],
)
def test_a_control_that_is_wrong_is_refused_with_its_place(tmp_path, control, said):
    path = tmp_path / "one.yaml"
    path.write_text(f"{TARGET[0]}control: {control}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"one\.yaml:\d+:\d+") as refused:
        targets.load(path)
    assert said in str(refused.value)


def test_a_rolling_restart_waits_for_each_instance_before_the_next_ends():
    events = []

    class Instance:
        def __init__(self, name):
            self.name = name

        async def alive(self):
            return True

        async def begin(self, act):
            events.append((self.name, act))
            return {}

        async def undo(self, act):
            await asyncio.sleep(0)
            events.append((self.name, f"{act} undone"))

    async def go():
        held, rows = {"target": [Instance("a"), Instance("b")]}, []
        rolling = [strike("rolling_restart")]
        hosts = Hosts(rolling, journals=[], write=rows.append, held=held)
        hosts.begin(now_ns())
        await soon(lambda: states(rows) == ["on", "off", "on", "off"], "both")
        await hosts.heal()

    asyncio.run(go())
    assert events == [("a", "stop"), ("a", "stop undone"), ("b", "stop"), ("b", "stop undone")]


def test_a_rolling_restart_ends_at_the_first_instance_that_does_not_come_back():
    stopped = []

    class Instance:
        def __init__(self, name):
            self.name = name

        async def alive(self):
            return True

        async def begin(self, _act):
            stopped.append(self.name)
            return {}

        async def undo(self, _act):
            if self.name == "b":
                raise HandleError("b did not become healthy")

    async def go():
        held, rows = {"target": [Instance(name) for name in "abc"]}, []
        hosts = Hosts([strike("rolling_restart")], journals=[], write=rows.append, held=held)
        hosts.begin(now_ns())
        await soon(lambda: stopped[-1:] == ["b"], "the second ended")
        await asyncio.sleep(0.1)
        with pytest.raises(HandleError, match="b did not become healthy"):
            await hosts.heal()

    asyncio.run(go())
    assert stopped == ["a", "b"]
