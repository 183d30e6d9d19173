"""Batches: taken once and whole, each line an order of its own, and accounted for line by line."""

import asyncio
from collections import Counter

import msgspec
import pytest

from harness.targets.reference.batch_desk import MOST_LINES, BatchForm, Line
from harness.targets.reference.operators import Said
from harness.targets.reference.shop import BadOrderError, ConflictError
from tests.reference.stories import delivered, quiet
from tests.reference.world import FINAL, eventually, living

REFUSED = (Said.REFUSED, None)


def form(lines=4, client_no="b1", goods="vip30"):
    return BatchForm(client_no, "a", [Line(goods, f"user{n}", f"l{n}") for n in range(lines)])


async def paid(w, one):
    """Place a batch and pay its lines."""
    taken = await w.platform.batches.place(1, one)
    for line in taken["lines"]:
        view = await w.shop.pay_link(1, line.order_no, "a")
        await w.pay(w.a, view.pay_url)
    return taken


async def accounts(w, taken):
    """Wait until every line has ended; return what the batch says then, without order numbers."""

    async def ended():
        return all([await w.state(line.order_no) in FINAL for line in taken["lines"]])

    await eventually(ended)
    await quiet(w)
    view = await w.platform.batches.status(1, taken["batch_no"])
    named = [(failure.account, failure.reason) for failure in view.failures]
    return view.delivered, view.failed, view.unfinished, sorted(named)


@pytest.fixture
def world(tmp_path, monkeypatch):
    return lambda: living(tmp_path / "p.sqlite", monkeypatch)


def test_a_batch_accounts_for_every_line_before_and_after_a_restart(world):
    async def story():
        async with world() as w:
            w.first.submits = [REFUSED]
            taken = await paid(w, form())
            first = await accounts(w, taken)
            assert first[:3] == (3, 1, 0)
            assert [reason for _, reason in first[3]] == ["cannot be delivered"]
            assert (delivered(w), len(w.a.refunds)) == (3, 1)
        async with world() as w:
            assert await accounts(w, taken) == first

    asyncio.run(story())


def test_unfinished_lines_are_neither_delivered_nor_failed(world):
    async def story():
        async with world() as w:
            taken = await w.platform.batches.place(1, form())
            view = await w.platform.batches.status(1, taken["batch_no"])
            assert (view.lines, view.delivered, view.failed, view.unfinished) == (4, 0, 0, 4)
            assert await w.platform.batches.status(2, taken["batch_no"]) is None

    asyncio.run(story())


def test_a_batch_is_taken_once_and_whole(world):
    async def story():
        async with world() as w:
            place = w.platform.batches.place
            first, again = await asyncio.gather(place(1, form()), place(1, form()))
            assert first == again
            wrong = msgspec.structs.replace(
                form(client_no="b2"),
                lines=[Line("vip30", "somebody", "n1"), Line("none", "x1", "n2")],
            )
            with pytest.raises(BadOrderError, match="line 2: no such goods"):
                await place(1, wrong)
            with pytest.raises(ConflictError):
                await place(1, form(lines=3))
            assert len(await w.shop.latest(1)) == 4

    asyncio.run(story())


@pytest.mark.parametrize(
    "wrong",
    [form(0), form(MOST_LINES + 1), form(client_no=""), BatchForm("b", "a", form(1).lines * 2)],
)
def test_what_is_no_batch_is_refused(world, wrong):
    async def story():
        async with world() as w:
            with pytest.raises(BadOrderError):
                await w.platform.batches.place(1, wrong)

    asyncio.run(story())


def test_ten_thousand_lines_are_taken(world):
    async def story():
        async with world() as w:
            taken = await w.platform.batches.place(1, form(MOST_LINES))
            assert [line.line for line in taken["lines"]] == list(range(1, MOST_LINES + 1))
            assert len({line.order_no for line in taken["lines"]}) == MOST_LINES

    asyncio.run(story())


def test_batch_failure_vanishes(run):
    async def story(w):
        w.first.submits = [REFUSED]
        said = await accounts(w, await paid(w, form()))
        return said[1], len(said[3])

    assert run("batch_failure_vanishes", story) == ((1, 1), (1, 0))


def test_batch_keeps_failed_money(run):
    async def story(w):
        w.first.submits = [REFUSED]
        await accounts(w, await paid(w, form()))
        return len(w.a.refunds)

    assert run("batch_keeps_failed_money", story) == (1, 0)


def test_batch_sent_again_redelivers(run):
    async def story(w):
        await accounts(w, await paid(w, form()))
        await w.platform.batches.place(1, form())
        await quiet(w)
        return Counter(w.first.delivered.values())

    assert run("batch_sent_again_redelivers", story) == ({1: 4}, {2: 4})
