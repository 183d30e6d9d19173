"""Shops of 商腾 and 鼎信, written from the protocols alone: no line of the dialects' own code."""

import hashlib
import json
import xml.etree.ElementTree as ET
from urllib.parse import parse_qsl, urlencode

from mock_upstreams.dialect import Request


class ShangtengShop:
    def __init__(self, credentials):
        self.user_id, self.key = credentials["user_id"], credentials["api_key"]

    def sign(self, stamp, text):
        return hashlib.sha1(f"{stamp}{text}{self.key}".encode()).hexdigest()

    def asks(self, path, data, *, stamp="1758153600", **headers):
        text = _sorted(data)
        known = {"Userid": self.user_id, "Timestamp": stamp, "Sign": self.sign(stamp, text)}
        known |= headers
        raw = [(k.encode(), v.encode()) for k, v in known.items() if v]
        return Request("POST", f"/api/{path}", raw, text.encode())

    def told(self, outgoing):
        told = json.loads(outgoing.body)
        kept = {name: value for name, value in told.items() if name != "sign"}
        return told if self.sign(told["time"], _sorted(kept)) == told["sign"] else None


def _sorted(data):
    return json.dumps(dict(sorted(data.items())), separators=(",", ":"), ensure_ascii=False)


class DingxinShop:
    def __init__(self, credentials):
        self.userid, self.key = credentials["userid"], credentials["key"]

    def sign(self, fields, *names):
        text = "".join(f"{name}={fields[name]}&" for name in names) + f"key={self.key}"
        return hashlib.md5(text.encode("gb18030")).hexdigest().upper()

    def buys(self, **fields):
        fields = {"userid": self.userid, "productid": "", "price": "50", "num": "1"} | fields
        fields = {"spordertime": "20250101000000", "paytype": "yd"} | fields
        names = ("userid", "productid", "price", "num", "mobile", "spordertime", "sporderid")
        return self._post("onlinepay.do", fields | {"sign": self.sign(fields, *names)})

    def asks(self, number, **fields):
        fields = {"userid": self.userid, "sporderid": number} | fields
        sign = self.sign(fields, "userid", "sporderid")
        return self._post("searchpay.do", fields | {"sign": sign})

    def _post(self, path, fields):
        return Request("POST", f"/{path}", [], urlencode(fields, encoding="gb18030").encode())

    def said(self, reply):
        text = reply.body.decode("gb18030").partition("?>")[2]
        return {one.tag: one.text or "" for one in ET.fromstring(text)}

    def told(self, outgoing):
        told = dict(parse_qsl(outgoing.body.decode(), keep_blank_values=True, encoding="gb18030"))
        names = ("userid", "orderid", "sporderid", "merchantsubmittime", "resultno")
        return told if self.sign(told, *names) == told["sign"] else None
