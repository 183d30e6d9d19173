"""Processes of a run: named when they die, ended by their groups, and guarded against our own death."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest

from harness.core.errors import HarnessError
from harness.nemesis.openwork import OpenWork
from harness.nemesis.processes import Processes

SLEEPER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
STUBBORN = (
    *(sys.executable, "-c"),
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone(pid, within_s=5):
    deadline = time.monotonic() + within_s
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def within(tmp_path, story):
    async def told():
        private = tmp_path / "private"
        private.mkdir()
        async with Processes(private) as processes:
            return await story(processes)

    return asyncio.run(told())


def test_leaving_ends_everybody_even_the_stubborn(tmp_path):
    async def story(processes):
        children = [
            await processes.start("a", SLEEPER, tmp_path / "a.log", pipe=True),
            await processes.start("b", STUBBORN, tmp_path / "b.log", pipe=True),
        ]
        assert [await child.first_line(10) for child in children] == [b"up\n", b"up\n"]
        return [child.process.pid for child in children]

    assert all(gone(pid) for pid in within(tmp_path, story))
    assert not (tmp_path / "private").exists()


def test_a_death_is_reported_with_its_last_words(tmp_path):
    async def story(processes):
        command = (sys.executable, "-c", "import sys; sys.exit('no money')")
        await processes.start("shop", command, tmp_path / "shop.log")
        return await asyncio.wait_for(processes.died.get(), 10)

    death = within(tmp_path, story)
    assert (death.name, death.exit) == ("shop", 1)
    assert "no money" in death.words


def test_ending_in_good_order_is_no_death_for_who_may_end(tmp_path):
    async def story(processes):
        child = await processes.start(
            "w", (sys.executable, "-c", ""), tmp_path / "w.log", may_end=True
        )
        await child.process.wait()
        await asyncio.sleep(0)
        return processes.died.empty()

    assert within(tmp_path, story)


def test_a_program_that_cannot_start_or_says_nothing_is_named(tmp_path):
    async def missing(processes):
        await processes.start("ghost", ("/no/such/program",), tmp_path / "g.log")

    with pytest.raises(HarnessError, match="ghost cannot be started"):
        within(tmp_path, missing)

    async def silent(processes):
        child = await processes.start(
            "mute", (sys.executable, "-c", ""), tmp_path / "m.log", pipe=True
        )
        await child.first_line(10)

    (tmp_path / "private").rmdir() if (tmp_path / "private").exists() else None
    with pytest.raises(HarnessError, match="mute ended at once"):
        within(tmp_path, silent)


def test_the_guard_kills_what_is_left_and_takes_the_secrets_along(tmp_path):
    private = tmp_path / "private"
    private.mkdir()
    (private / "key").write_text("k", encoding="utf-8")
    orphan = subprocess.Popen(SLEEPER, start_new_session=True, stdout=subprocess.PIPE)
    assert orphan.stdout.readline() == b"up\n"
    command = [sys.executable, "-m", "harness.nemesis.guard", str(private)]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    guard.stdin.write(f"+{orphan.pid}\n".encode())
    guard.stdin.close()
    assert guard.wait(10) == 0
    assert orphan.wait(5) == -signal.SIGKILL
    orphan.stdout.close()
    assert not private.exists()


def row(kind, intent, time_ns, amount_fen=4990, units="1"):
    said = f'"kind":"{kind}","intent":{intent},"time_ns":{time_ns},"amount_fen":{amount_fen}'
    return f'{{{said},"detail":{{"units":"{units}"}}}}\n'


def test_open_work_is_money_without_goods_and_whatever_was_paid_twice(tmp_path):
    money, goods = tmp_path / "gateways.ndjson", tmp_path / "operators.ndjson"
    work = OpenWork([money, goods])
    assert work.update() == {}
    money.write_text(
        row("captured", 1, 5) + row("captured", 2, 6) + row("captured", 2, 9), encoding="utf-8"
    )
    goods.write_text(row("delivered", 2, 8) + '{"kind":"deliv', encoding="utf-8")
    assert work.update() == {1: 5, 2: 9}
    assert work.paid() == {1: 5, 2: 9}
    with money.open("a", encoding="utf-8") as journal:
        journal.write(row("refunded", 2, 10) + row("refunded", 1, 11))
    assert work.update() == {}
    assert work.paid() == {1: 5, 2: 9}, "charged, though nothing is open"


@pytest.mark.parametrize(("asked_fen", "is_open"), [(4990, True), (9980, False)])
def test_what_was_taken_beyond_what_was_asked_for_is_open(tmp_path, asked_fen, is_open):
    ledger = tmp_path / "gateways.ndjson"
    asked = f'{{"kind":"create","time_ns":4,"order_no":"P1","amount_fen":{asked_fen}}}\n'
    taken = row("captured", 1, 5, 9980).replace('"intent"', '"order_no":"P1","intent"')
    ledger.write_text(asked + taken + row("delivered", 1, 6), encoding="utf-8")
    assert bool(OpenWork([ledger]).update()) is is_open


@pytest.mark.parametrize(
    ("back_fen", "units", "is_open"),
    [
        (4900, "0", True),  # ninety fen short
        (4990, "0", False),
        (0, "0.6", True),
        (1996, "0.6", False),
        (1995, "0.6", True),
        (0, "1", False),
    ],
)
def test_open_work_counts_fen_and_parts_of_the_goods(tmp_path, back_fen, units, is_open):
    ledger = tmp_path / "gateways.ndjson"
    lines = [row("captured", 1, 5), row("delivered", 1, 6, 4960, units)]
    ledger.write_text("".join([*lines, row("refunded", 1, 7, back_fen)]), encoding="utf-8")
    assert bool(OpenWork([ledger]).update()) is is_open


@pytest.mark.parametrize(("units", "is_open"), [("2", True), ("3", False)])
def test_of_several_all_are_waited_for(tmp_path, units, is_open):
    wanted, ledger = tmp_path / "traffic-0.ndjson", tmp_path / "upstreams.ndjson"
    wanted.write_text(row("intent", 1, 4, units=3), encoding="utf-8")
    ledger.write_text(row("captured", 1, 5) + row("delivered", 1, 6, 4960, units), encoding="utf-8")
    assert bool(OpenWork([ledger, wanted]).update()) is is_open


def test_a_complaint_is_open_work_where_an_answer_is_promised(tmp_path):
    money = tmp_path / "gateways.ndjson"
    money.write_text(
        row("captured", 1, 5) + row("complained", 1, 6) + row("refunded", 1, 7), encoding="utf-8"
    )
    work = OpenWork([money], complaints=True)
    assert work.update() == {1: 6}
    assert OpenWork([money]).update() == {}
    with money.open("a", encoding="utf-8") as journal:
        journal.write(row("answered", 1, 8))
    assert work.update() == {}
