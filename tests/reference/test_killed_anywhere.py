"""The platform is killed after each of its commits in turn; afterwards nothing is lost and nothing came twice."""

import asyncio
import json
import multiprocessing

import pytest

from harness.targets.reference.http_client import NoAnswerError, NotSentError
from tests.reference import mortal
from tests.reference.test_process import Process
from tests.reference.upstream import Upstream
from tests.reference.world import eventually

GOOD, BAD = "13812345678", "13900000001"
MOST = 80


class Mortal(Process):
    """Dies once, after the commit it was told, and is started again by whoever notices."""

    def __init__(self, folder, upstream, dies_after):
        super().__init__(folder, upstream)
        self.died = False
        self.dies_after = dies_after
        written = json.loads((folder / "config.json").read_text("utf-8"))
        written |= {"time_scale": 3000, "timers": {"poll_floor_real_ms": 4, "expiry_s": 1e6}}
        (folder / "config.json").write_text(json.dumps(written), encoding="utf-8")
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["tests.reference.mortal"])

    async def start(self):
        command = ["--port", str(self.port), "--config", str(self.folder / "config.json")]
        command += ["--db", str(self.folder / "p.sqlite")]
        dies_after = 0 if self.died else self.dies_after
        self.child = self.context.Process(target=mortal.serve, args=(command, dies_after))
        self.child.start()

    async def insist(self, *call, who=None):
        """Call until there is an answer, starting the platform again if it is dead."""
        async with asyncio.timeout(8):
            while True:
                try:
                    return await self.call(*call, who=who)
                except (NotSentError, NoAnswerError):
                    await self.mend()

    async def mend(self):
        if not self.child.is_alive():
            assert not self.died, "it was to die once"
            self.died = True
            await self.start()
        await asyncio.sleep(0.005)

    async def stop(self):
        self.child.kill()
        self.child.join()
        self.client.close()


async def customer(p):
    person = {"phone": "13700000001", "password": "secret", "name": "张三"}
    assert (await p.insist("POST", "/api/register", person))[0] == 200
    p.tokens["ann"] = (await p.insist("POST", "/api/login", person))[1]["token"]


async def buy(p, upstream, account):
    order = {"goods": "hf50", "account": account, "client_no": account, "channel": "epay"}
    status, view = await p.insist("POST", "/api/orders", order, who="ann")
    assert status == 200
    notice = upstream.notice(upstream.pay(view["pay_url"]))
    assert await p.insist("GET", notice) == (200, b"success")
    return view["order_no"]


async def one_by_one(p, upstream):
    return [await buy(p, upstream, account) for account in (GOOD, BAD)]


async def in_a_batch(p, upstream):
    """Send both as lines of a batch, pay them, send it again."""
    lines = [{"goods": "hf50", "account": one, "client_no": one} for one in (GOOD, BAD)]
    batch = {"client_no": "b", "channel": "epay", "lines": lines}
    status, taken = await p.insist("POST", "/api/batches", batch, who="ann")
    assert status == 200
    for line in taken["lines"]:
        path = f"/api/orders/{line['order_no']}/pay"
        _, view = await p.insist("POST", path, {"channel": "epay"}, who="ann")
        notice = upstream.notice(upstream.pay(view["pay_url"]))
        assert await p.insist("GET", notice) == (200, b"success")
    assert await p.insist("POST", "/api/batches", batch, who="ann") == (200, taken)

    async def accounted():
        path = f"/api/batches/{taken['batch_no']}"
        _, said = await p.insist("GET", path, who="ann")
        listed = [one["account"] for one in said["failures"]]
        return (said["delivered"], said["failed"], listed) == (1, 1, [BAD])

    await eventually(accounted)
    return [line["order_no"] for line in taken["lines"]]


async def life(folder, dies_after, buying):
    """Buy twice, once in vain; return whether the platform died on the way."""
    upstream = Upstream()
    upstream.failing.add(BAD)
    await upstream.start()
    p = Mortal(folder, upstream, dies_after)
    await p.start()
    try:
        await customer(p)
        orders = await buying(p, upstream)

        async def ended():
            seen = [await p.insist("GET", f"/api/orders/{no}", who="ann") for no in orders]
            return [view["state"] for _, view in seen] == ["DONE", "REFUNDED"]

        await eventually(ended)
        assert upstream.delivered == {GOOD: 1}
        assert list(upstream.refunded.values()) == [1]
        assert len(upstream.trades) == 2
    finally:
        await p.stop()
        await upstream.stop()
    return p.died


@pytest.mark.smoke
@pytest.mark.parametrize("buying", [one_by_one, in_a_batch])
def test_killed_after_every_commit_in_turn_it_keeps_its_books(tmp_path, buying):
    for dies_after in range(1, MOST):
        folder = tmp_path / str(dies_after)
        folder.mkdir()
        if not asyncio.run(life(folder, dies_after, buying)):
            break
    assert 12 < dies_after < MOST - 1
