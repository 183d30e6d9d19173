"""An epay gateway and a yrapi operator in a few lines, over real sockets, in the test's own loop."""

import asyncio
import json
from collections import Counter
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from harness.targets.reference import signing

KEY = "TESTKEY0123456789"
APIKEY = "TESTAPIKEY"


class Upstream:
    """Knows who ordered and who paid. `hold` keeps the operator's answers back once its work is done."""

    def __init__(self):
        self.trades = {}
        self.paid = set()
        self.recharges = {}
        self.delivered = Counter()
        self.refunded = Counter()
        self.failing = set()
        self.answering = asyncio.Event()
        self.answering.set()
        self.bad_signatures = 0
        self._open = set()

    async def start(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stop(self):
        self._server.close()
        for writer in self._open:
            writer.close()

    async def _serve(self, reader, writer):
        self._open.add(writer)
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                method, target, _ = head.partition("\r\n")[0].split(" ")
                length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
                body = (await reader.readexactly(length)).decode()
                answer = json.dumps(await self._answer(method, target, body)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer
                )
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, _method, target, body):
        parts = urlsplit(target)
        form = dict(parse_qsl(body, keep_blank_values=True))
        if parts.path == "/mapi.php":
            self.bad_signatures += form["sign"] != signing.epay(form, KEY)
            number = self.trades.setdefault(form["out_trade_no"], form)["out_trade_no"]
            return {"code": 1, "trade_no": f"T{number}", "payurl": f"{self.url}/pay/{number}"}
        if parts.path == "/api.php":
            return self._api(parse_qs(parts.query), form)
        self.bad_signatures += form["sign"] != signing.dayuanren(form, APIKEY)
        if parts.path.endswith("/check"):
            number = form["out_trade_nums"]
            known = self.recharges.get(number)
            state = 2 if known and known["mobile"] in self.failing else 1
            rows = [{"out_trade_num": number, "state": state}] if known else []
            return {"errno": 0, "errmsg": "ok", "data": rows}
        return await self._recharge(form)

    def _api(self, query, form):
        if query["act"] == ["refund"]:
            if self.refunded[form["trade_no"]]:
                return {"code": -1, "msg": "该订单已全额退款"}
            self.refunded[form["trade_no"]] += 1
            return {"code": 1, "msg": ""}
        number = query.get("out_trade_no", query.get("trade_no", [""]))[0].removeprefix("T")
        if number not in self.trades:
            return {"code": -1, "msg": "订单号不存在"}
        money = self.trades[number]["money"]
        status = 2 if self.refunded[f"T{number}"] else int(number in self.paid)
        return {"code": 1, "trade_no": f"T{number}", "status": status, "money": money}

    async def _recharge(self, form):
        number = form["out_trade_num"]
        if number in self.recharges:
            return {"errno": 1, "errmsg": "已经存在相同商户订单号的订单", "data": []}
        self.recharges[number] = form
        if form["mobile"] not in self.failing:
            self.delivered[form["mobile"]] += 1
        await self.answering.wait()
        return {"errno": 0, "errmsg": "提交成功", "data": {"order_number": f"CZH{number}"}}

    def pay(self, pay_url):
        number = pay_url.rpartition("/")[2]
        self.paid.add(number)
        return number

    def notice(self, number):
        """Return the path and query of a signed payment notification."""
        form = self.trades[number]
        params = {
            "pid": form["pid"],
            "trade_no": f"T{number}",
            "out_trade_no": number,
            "type": "alipay",
            "name": form["name"],
            "money": form["money"],
            "trade_status": "TRADE_SUCCESS",
            "param": form["param"],
        }
        params |= {"sign": signing.epay(params, KEY), "sign_type": "MD5"}
        return f"/notify/epay?{urlencode(params)}"
