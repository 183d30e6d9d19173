import asyncio
import json
import signal
import socket
import sys
from contextlib import asynccontextmanager

import pytest

from harness.targets.reference.__main__ import main
from harness.targets.reference.http_client import HttpClient, NoAnswerError, NotSentError
from tests.reference.upstream import APIKEY, KEY, Upstream
from tests.reference.world import eventually

GOODS = {
    "id": "hf50",
    "kind": "phone",
    "title": "话费50元",
    "price_fen": 4990,
    "face_fen": 5000,
    "operators": {"dayuanren": {"product": "12", "cost_fen": 4960}},
}


class Process:
    """The platform in a process of its own, and its customers."""

    def __init__(self, folder, upstream):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.client = HttpClient(5.0)
        self.tokens = {}
        account = {"url": upstream.url, "userid": "10001", "apikey": APIKEY}
        written = {
            "base_url": self.base,
            "time_scale": 600,
            "gateways": {
                "epay": {"url": upstream.url, "pid": "1001", "key": KEY, "channel": "epay"}
            },
            "operators": {"dayuanren": account},
            "goods": [GOODS],
        }
        (folder / "config.json").write_text(json.dumps(written), encoding="utf-8")

    async def start(self, *arguments):
        command = ["-m", "harness.targets.reference", "--port", str(self.port)]
        command += ["--config", str(self.folder / "config.json")]
        command += ["--db", str(self.folder / "p.sqlite"), *arguments]
        self.process = await asyncio.create_subprocess_exec(sys.executable, *command)
        await eventually(self._healthy)

    async def _healthy(self):
        try:
            return (await self.client.send(self.base, "GET", "/healthz", {})).status == 200
        except (NotSentError, NoAnswerError):
            return False

    async def end(self, how=signal.SIGTERM):
        if self.process.returncode is None:
            self.process.send_signal(how)
        await self.process.wait()
        self.client.close()

    async def call(self, method, path, content=None, who=None):
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        body = b"" if content is None else json.dumps(content).encode()
        answer = await self.client.send(self.base, method, path, headers, body)
        return answer.status, json.loads(answer.body) if path.startswith("/api") else answer.body

    async def customer(self, phone):
        person = {"phone": phone, "password": "secret", "name": "张三"}
        assert (await self.call("POST", "/api/register", person))[0] == 200
        status, said = await self.call("POST", "/api/login", person)
        assert status == 200
        self.tokens[phone] = said["token"]
        return phone

    async def place(self, who, account, client_no="c1"):
        order = {"goods": "hf50", "account": account, "client_no": client_no, "channel": "epay"}
        return await self.call("POST", "/api/orders", order, who)


@asynccontextmanager
async def platform(folder):
    upstream = Upstream()
    await upstream.start()
    process = Process(folder, upstream)
    await process.start()
    try:
        yield process, upstream
    finally:
        await process.end()
        await upstream.stop()


def test_a_batch_of_ten_thousand_lines_comes_in_one_request_and_nothing_else_so_long_does(tmp_path):
    async def story():
        async with platform(tmp_path) as (p, _):
            ann = await p.customer("13700000001")
            lines = [
                {"goods": "hf50", "account": f"138{n:08d}", "client_no": f"a-line-of-mine-{n}"}
                for n in range(10_000)
            ]
            batch = {"client_no": "b1", "channel": "epay", "lines": lines}
            status, taken = await p.call("POST", "/api/batches", batch, ann)
            assert (status, len(taken["lines"])) == (200, 10_000)
            status, seen = await p.call("GET", f"/api/batches/{taken['batch_no']}", who=ann)
            assert (status, seen["lines"], seen["unfinished"]) == (200, 10_000, 10_000)
            assert (await p.call("GET", "/api/batches/B1", who=ann))[0] == 404
            assert (await p.call("POST", "/api/orders", batch, ann))[0] == 413

    asyncio.run(story())


def test_the_api_as_a_customer_sees_it(tmp_path):
    async def story():
        async with platform(tmp_path) as (p, upstream):
            ann, bob = await p.customer("13700000001"), await p.customer("13700000002")
            status, view = await p.place(ann, "13812345678")
            assert (status, view["state"], view["amount_fen"]) == (200, "WAIT_PAY", 4990)
            assert (await p.place(ann, "13812345678"))[1] == view
            assert "13812345678" in upstream.trades[upstream.pay(view["pay_url"])]["name"]
            path = f"/api/orders/{view['order_no']}"
            assert (await p.call("GET", path, who=bob))[0] == 404
            assert (await p.call("GET", path))[0] == 401
            assert (await p.place(bob, "12"))[0] == 400
            assert (await p.call("POST", "/api/orders", {"goods": 1}, ann))[0] == 400
            assert (await p.call("GET", "/api/nothing", who=ann))[0] == 404
            wrong = {"phone": ann, "password": "guess"}
            assert (await p.call("POST", "/api/login", wrong))[0] == 401
            assert (await p.call("POST", "/api/register", wrong))[0] == 409
            assert (await p.call("POST", f"{path}/pay", {"channel": "cash"}, ann))[0] == 400
            notice = upstream.notice(view["pay_url"].rpartition("/")[2])
            assert await p.call("GET", notice.replace("49.90", "0.01")) == (400, b"fail")
            assert await p.call("GET", notice) == (200, b"success")
            assert (await p.call("POST", f"{path}/close", who=ann))[0] == 409

            async def done():
                return (await p.call("GET", path, who=ann))[1]["state"] == "DONE"

            await eventually(done)
            listed = (await p.call("GET", "/api/orders", who=ann))[1]["orders"]
            assert [order["order_no"] for order in listed] == [view["order_no"]]
            assert upstream.bad_signatures == 0

    asyncio.run(story())


@pytest.mark.smoke
def test_a_killed_platform_finishes_everything_exactly_once(tmp_path):
    async def story():
        async with platform(tmp_path) as (p, upstream):
            ann = await p.customer("13700000001")
            accounts = [f"138{i:08d}" for i in range(40)]
            views = await asyncio.gather(*(p.place(ann, a, f"c{a}") for a in accounts))
            assert {status for status, _ in views} == {200}
            upstream.answering.clear()  # submissions are done, and their answers never come
            numbers = [upstream.pay(view["pay_url"]) for _, view in views]
            for number in numbers[::2]:  # the other half is never notified
                assert await p.call("GET", upstream.notice(number)) == (200, b"success")

            async def some():
                return len(upstream.recharges) >= 10

            await eventually(some)
            await p.end(signal.SIGKILL)
            upstream.answering.set()
            await p.start()

            async def all_done():
                orders = (await p.call("GET", "/api/orders", who=ann))[1]["orders"]
                return {order["state"] for order in orders} == {"DONE"}

            await eventually(all_done)
            assert upstream.delivered == dict.fromkeys(accounts, 1)
            assert not upstream.refunded

    asyncio.run(story())


def test_an_unknown_defect_is_refused_by_name(monkeypatch, capsys):
    command = ["reference", "--port", "1", "--config", "x", "--db", "x", "--defect", "nonsense"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "nonsense" in capsys.readouterr().err
