"""Callers of 共享店铺, 亿乐, 欧飞 and the small dialects, written from the protocols alone."""

import hashlib
import json
from urllib.parse import parse_qsl, urlencode

from mock_upstreams.dialect import Request

FORM = [(b"Content-Type", b"application/x-www-form-urlencoded")]


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def pairs(outgoing):
    return dict(parse_qsl(outgoing.body.decode(), keep_blank_values=True))


def ofpay_told(credentials, outgoing):
    told = dict(parse_qsl(outgoing.body.decode(), keep_blank_values=True, encoding="gb18030"))
    text = told["userid"] + told["ret_code"] + told["sporder_id"] + credentials["key"]
    right = hashlib.md5(text.encode("gb18030")).hexdigest().upper()
    return told if told["sign"] == right else None


def small_told(credentials, outgoing, number="partner_order_no", state="status"):
    told = pairs(outgoing)
    right = md5(told[number] + told[state] + credentials["key"])
    return told if told["sign"] == right else None


class SharedShopBuyer:
    def __init__(self, credentials):
        self.app_id, self.app_key = credentials["app_id"], credentials["app_key"]

    def sign(self, fields):
        kept = sorted((k, v) for k, v in fields.items() if v != "" and k != "sign")
        return md5("&".join(f"{k}={v}" for k, v in kept) + f"&key={self.app_key}")

    def asks(self, path, **fields):
        fields = {"app_id": self.app_id, "app_key": self.app_key} | fields
        fields |= {"sign": self.sign(fields)}
        return Request("POST", f"/shared/{path}", FORM, urlencode(fields).encode())

    def asks_open(self, path, **fields):
        headers = [
            (b"Api-Id", self.app_id.encode()),
            (b"Api-Signature", self.sign(fields).encode()),
        ]
        return Request(
            "POST", f"/plugin/open-api/{path}", [*FORM, *headers], urlencode(fields).encode()
        )


class YileBuyer:
    def __init__(self, credentials):
        self.app_id, self.secret = credentials["app_id"], credentials["app_secret"]

    def asks(self, path, body, time_s):
        path = f"/openapi/customer/{path}"
        token = hashlib.sha1(f"{self.app_id}{self.secret}{path}{time_s}".encode()).hexdigest()
        headers = {"AppId": self.app_id, "AppTimestamp": str(time_s), "AppToken": token}
        raw = [(k.encode(), v.encode()) for k, v in headers.items()]
        return Request("POST", path, raw, json.dumps(body).encode())


class OfpayBuyer:
    def __init__(self, credentials):
        self.userid, self.key = credentials["userid"], credentials["key"]
        self.userpws = md5(credentials["password"])

    def sign(self, fields):
        names = (
            "cardid",
            "cardnum",
            "sporder_id",
            "sporder_time",
            "game_userid",
            "game_area",
            "game_srv",
        )
        values = "".join(fields.get(name, "") for name in names)
        text = self.userid + self.userpws + values + self.key
        return hashlib.md5(text.encode("gb18030")).hexdigest().upper()

    def buys(self, *, path="onlineorder.do", **fields):
        fields = {"userid": self.userid, "userpws": self.userpws, "version": "6.0"} | fields
        fields |= {"md5_str": self.sign(fields)}
        return Request("GET", f"/{path}?{urlencode(fields, encoding='gb18030')}")

    def asks(self, path, **fields):
        known = {"userid": self.userid, "userpws": self.userpws}
        return Request("GET", f"/{path}?{urlencode(known | fields)}")

    def looks_up(self, number):
        text = self.userid + self.userpws + number + self.key
        return self.asks("queryOrderInfo.do", sporder_id=number, md5_str=md5(text).upper())
