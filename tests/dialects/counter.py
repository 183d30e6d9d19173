"""One upstream's counter: dialect, books and desk as they serve, without sockets, its notifications kept unsent."""

import asyncio
import json
from contextlib import asynccontextmanager
from types import SimpleNamespace

from harness.core.clock import tick_s
from harness.core.delivery import Delivery, Leg, Signature
from mock_upstreams.config import Config
from mock_upstreams.dialect import Request
from mock_upstreams.payer import Payer
from mock_upstreams.server import Street

DEADLINE_S = 10
BASE = "http://127.0.0.1:7001"


class Ear:
    """Waits for one answer."""

    def __init__(self):
        self.heard = asyncio.get_running_loop().create_future()

    def answer(self, answer):
        self.heard.set_result(answer)
        return True

    def hold(self):
        self.heard.set_exception(AssertionError("silence"))

    reset = cut = hold


class Counter:
    def __init__(self, upstream, house):
        self.upstream, self.dialect, self.book = upstream, upstream.dialect, upstream.desk.book
        self.told = []
        self.payer = Payer([upstream], house)
        upstream.desk.notifier = SimpleNamespace(start=self._start)
        self.dialect.base_url = BASE

    def _start(self, _name, _dialect, notice, url, _who):
        self.told.append((notice, url))

    async def until(self, true, what):
        """Wait for a condition, with a deadline."""
        end_s = tick_s() + DEADLINE_S
        while not true():
            assert tick_s() < end_s, f"never: {what}"
            await asyncio.sleep(0.001)

    async def asked(self, request):
        ear = Ear()
        self.upstream.hear(request, ear)
        return await asyncio.wait_for(ear.heard, DEADLINE_S)

    async def pay(self, pay_url):
        ear = Ear()
        body = json.dumps({"pay_url": pay_url, "intent": None, "amount_fen": None}).encode()
        self.payer.hear(Request("POST", "/payer/pay", (), body), ear)
        answer = await asyncio.wait_for(ear.heard, DEADLINE_S)
        return json.loads(answer.body)

    def notified(self, at=-1, *, forged=False, attempt=1, **rewritten):
        notice, url = self.told[at]
        delivery = Delivery(
            leg=Leg.NOTIFY,
            op=notice.op,
            attempt=attempt,
            fields=self.dialect.facts(notice) | rewritten,
            signature=Signature.FORGED if forged else Signature.VALID,
        )
        return self.dialect.notify(notice, delivery, url)


@asynccontextmanager
async def counter(name, *, time_scale=1.0, **settings):
    """Serve one upstream to this process alone."""
    config = Config(token="test-token", upstreams={name: settings}, time_scale=time_scale)
    street = Street(config)
    try:
        yield Counter(street.upstreams[name], street.house)
    finally:
        await street.close()
