"""What customers are told when an order has ended, and that a dead message channel holds up nothing else."""

import asyncio
import functools
import json

import pytest

from harness.targets.reference import config
from harness.targets.reference.accounts import Login
from harness.targets.reference.operators import Said
from mock_upstreams import wire
from mock_upstreams.dialect import Answer
from tests.reference.world import PHONE, eventually, living


class Channel:
    """A message channel that answers with a status, or never."""

    def __init__(self):
        self.status = 200
        self.heard = []

    def hear(self, request, ear):
        self.heard.append(
            (request.path, request.headers["authorization"], json.loads(request.body))
        )
        if self.status:
            ear.answer(Answer(b"{}", self.status))

    def told(self):
        return [body for _, _, body in self.heard]

    async def until(self, holds):
        async def seen():
            return holds()

        await eventually(seen)


@pytest.fixture
def run(tmp_path, monkeypatch):
    def tell(story, *, with_channel=True, before=lambda _: None):
        async def whole():
            channel = Channel()
            listener = await wire.listen(channel.hear, "127.0.0.1", 0)
            account = config.Channel(url=f"http://127.0.0.1:{listener.port}", key="k")
            messages = config.Messages(sms=account if with_channel else None)
            monkeypatch.setattr(
                config, "Config", functools.partial(config.Config, messages=messages)
            )
            async with living(tmp_path / "p.sqlite", monkeypatch) as world:
                await world.platform.accounts.register(
                    Login(phone=PHONE, password="secret", name="n")
                )
                before(world)
                view = await world.place()
                await world.pay(world.a, view.pay_url)
                await story(world, channel, view.order_no)
            await listener.close()

        asyncio.run(whole())

    return tell


def test_who_got_the_goods_is_told_so_once(run):
    async def story(w, channel, order_no):
        await w.until(order_no, "DONE")
        await channel.until(lambda: channel.heard)
        assert channel.heard[0][:2] == ("/send", "Bearer k")
        (told,) = channel.told()
        assert (told["phone"], told["order_no"]) == (PHONE, order_no)
        assert order_no in told["text"]
        assert "充值成功" in told["text"]

    run(story)


def test_who_got_the_money_back_is_told_that(run):
    def before(w):
        w.first.submits = [(Said.REFUSED, None)]
        w.second.submits = [(Said.REFUSED, None)]

    async def story(w, channel, order_no):
        await w.until(order_no, "REFUNDED")
        await channel.until(lambda: channel.heard)
        assert "款项已原路退回" in channel.told()[0]["text"]

    run(story, before=before)


@pytest.mark.parametrize("status", [500, 429, 400])
def test_a_channel_that_is_down_stops_no_delivery_and_is_asked_until_it_works(run, status):
    async def story(w, channel, order_no):
        channel.status = status
        await w.until(order_no, "DONE")
        await channel.until(lambda: len(channel.heard) >= 3)
        channel.status = 200
        refused = len(channel.heard)
        await channel.until(lambda: len(channel.heard) > refused)
        assert {told["order_no"] for told in channel.told()} == {order_no}

    run(story)


def test_without_a_channel_nobody_is_told_and_nothing_waits(run):
    async def story(w, channel, order_no):
        await w.until(order_no, "DONE")
        assert (
            await w.db.read(lambda c: c.exec_driver_sql("SELECT kind FROM tasks").fetchall()) == []
        )
        assert channel.heard == []

    run(story, with_channel=False)
