"""What is around the platform: 易支付 takes the money, 卡速售 delivers. One blocking call each, in a thread."""

import asyncio
import hashlib
import json
import time
from http.client import HTTPException
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

ANSWER_S = 3
DOUBTFUL = ("重复", "已存在", "繁忙", "频繁", "异常", "超时", "稍后", "重试")


def yuan(fen):
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen(text):
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(f"{part:0<2}"[:2])


def epay_sign(fields, key):
    """Source: 彩虹易支付 includes/functions.php, read 2026-11-22."""
    said = {k: v for k, v in fields.items() if v and k not in {"sign", "sign_type"}}
    text = "&".join(f"{k}={v}" for k, v in sorted(said.items()))
    return hashlib.md5((text + key).encode()).hexdigest()


async def called(url, body=None, headers=None):
    """Return the JSON that came, None where nothing readable did."""

    def call():
        request = Request(url, body, headers or {})
        with urlopen(request, timeout=ANSWER_S) as answer:
            return json.loads(answer.read())

    try:
        return await asyncio.to_thread(call)
    except (URLError, OSError, HTTPException, ValueError):
        return None


class Epay:
    def __init__(self, entry, base_url):
        self.entry, self.base_url = entry, base_url

    def link(self, no, amount, account):
        fields = {
            "pid": self.entry["pid"],
            "type": "alipay",
            "out_trade_no": no,
            "notify_url": f"{self.base_url}/notify",
            "return_url": f"{self.base_url}/",
            "name": f"order {no}",
            "money": yuan(amount),
            "param": account,
        }
        fields |= {"sign": epay_sign(fields, self.entry["key"]), "sign_type": "MD5"}
        return f"{self.entry['url']}/submit.php?{urlencode(fields)}"

    def genuine(self, fields):
        right = epay_sign(fields, self.entry["key"]) == fields.get("sign")
        return right and fields.get("pid") == self.entry["pid"]

    async def asked(self, no):
        """Return the trade number and the amount of a payment that was made, None if none is known to be."""
        query = {"act": "order", "pid": self.entry["pid"], "key": self.entry["key"]}
        came = await called(
            f"{self.entry['url']}/api.php?{urlencode(query | {'out_trade_no': no})}"
        )
        if not came or str(came.get("code")) != "1" or str(came.get("status")) != "1":
            return None
        return str(came["trade_no"]), fen(str(came["money"]))

    async def refund(self, no, amount):
        form = {"pid": self.entry["pid"], "key": self.entry["key"], "out_trade_no": no}
        form["money"] = yuan(amount)
        return await called(f"{self.entry['url']}/api.php?act=refund", urlencode(form).encode())


class Kasushou:
    def __init__(self, entry, base_url):
        self.entry, self.base_url = entry, base_url

    async def _call(self, path, form):
        stamp, body = str(int(time.time() * 1000)), json.dumps(form).encode()
        sign = hashlib.sha1(stamp.encode() + body + self.entry["apikey"].encode()).hexdigest()
        headers = {"Userid": self.entry["userid"], "Timestamp": stamp, "Sign": sign}
        headers["Content-Type"] = "application/json"
        return await called(f"{self.entry['url']}/api/v1/{path}", body, headers)

    async def submit(self, order, product):
        """Return taken, refused, or unknown."""
        form = {"id": product, "external_orderno": order["no"], "quantity": 1}
        form["url"] = f"{self.base_url}/callback"
        form["attach"] = {"recharge_account": order["account"]}
        came = await self._call("order/buy", form)
        if came is None or came.get("code") == 500:
            return "unknown"
        if came.get("code") == 200:
            return "taken"
        return "unknown" if any(word in came.get("msg", "") for word in DOUBTFUL) else "refused"

    async def asked(self, no):
        """Return done, failed, open, missing or unknown, and the share of the cost that came back."""
        came = await self._call("order/info", {"external_orderno": no})
        if came is None or came.get("code") != 200:
            return "unknown", 0.0
        if not came["data"]:
            return "missing", 0.0
        row = came["data"][0]
        state = {3: "done", 4: "failed", 5: "failed"}.get(int(row["status"]), "open")
        return state, fen(row["has_back_money"]) / fen(row["total_price"])
