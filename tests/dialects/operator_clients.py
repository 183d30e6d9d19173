"""Shops of 卡商网, 卡卡云, 福禄 and 聚合, written from the protocols alone: no line of the dialects' own code."""

import base64
import hashlib
import json
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from mock_upstreams.dialect import Request

FORM = "application/x-www-form-urlencoded"


def _md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def _request(method, target, body, kind=FORM):
    return Request(method, target, [(b"Content-Type", kind.encode())], body)


def _pairs(outgoing):
    return dict(parse_qsl(outgoing.body.decode(), keep_blank_values=True))


class KashangwangShop:
    def __init__(self, credentials):
        self.customer_id, self.key = credentials["customer_id"], credentials["key"]

    def sign(self, fields, charset="utf-8"):
        unsigned = ("sign", "cards", "tickets")
        names = sorted((n for n in fields if n not in unsigned), key=lambda n: n.encode(charset))
        return _md5(self.key + "".join(f"{n}{fields[n]}" for n in names))

    def asks(self, path, charset="utf-8", **fields):
        fields = {"customer_id": self.customer_id, "timestamp": "1735660800"} | fields
        fields = {"sign": self.sign(fields, charset)} | fields
        return _request("POST", f"/api/{path}", urlencode(fields).encode())

    def told(self, outgoing):
        told = _pairs(outgoing)
        return told if told["sign"] == self.sign(told) else None


class KakayunShop:
    def __init__(self, credentials):
        self.userid, self.key = credentials["userid"], credentials["userkey"]

    def sign(self, fields):
        kept = [f"{k}={v}" for k, v in sorted(fields.items()) if v != "" and k != "sign"]
        return _md5("&".join(kept) + self.key)

    def asks(self, path, *, multipart=False, base="/dockapi/index/", **fields):
        fields = {"userid": self.userid} | fields
        fields = {"sign": self.sign(fields)} | fields
        if not multipart:
            return _request("POST", base + path, urlencode(fields).encode())
        line = "------------------------d74496d66958873e"
        parts = [
            f'--{line}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'
            for k, v in fields.items()
        ]
        body = f"{''.join(parts)}--{line}--\r\n".encode()
        return _request("POST", base + path, body, f"multipart/form-data; boundary={line}")

    def told(self, outgoing):
        told = _pairs(outgoing)
        return told if told["sign"] == self.sign(told) else None


class FuluShop:
    def __init__(self, credentials):
        self.app_key, self.secret = credentials["app_key"], credentials["app_secret"]

    def sign_text(self, text):
        return _md5("".join(sorted(text)) + self.secret)

    def sign(self, fields):
        return self.sign_text(_compact({k: v for k, v in fields.items() if k != "sign"}))

    def fields(self, method, biz, **changed):
        fields = {
            "app_key": self.app_key,
            "method": method,
            "timestamp": "2025-01-01 00:00:00",
            "version": "2.0",
            "format": "json",
            "charset": "utf-8",
            "sign_type": "md5",
            "app_auth_token": "",
            "biz_content": _compact(biz),
        } | changed
        return {**fields, "sign": self.sign(fields)}

    def asks(self, method, biz=None, **changed):
        body = json.dumps(self.fields(method, biz or {}, **changed)).encode()
        return _request("POST", "/api/getway", body, "application/json")

    def result(self, answer):
        """Return what an answer says, whose signature must fit; its code where it says no."""
        assert answer["sign"] == self.sign_text(answer["result"])
        return json.loads(answer["result"]) if answer["code"] == 0 else answer["code"]

    def opened(self, sealed):
        cipher = Cipher(algorithms.AES(self.secret.encode()), modes.ECB()).decryptor()
        padded = cipher.update(base64.b64decode(sealed)) + cipher.finalize()
        return padded[: -padded[-1]].decode()

    def told(self, outgoing):
        told = json.loads(outgoing.body)
        return told if told["sign"] == self.sign(told) else None


def _compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class JuheShop:
    def __init__(self, credentials):
        self.openid, self.key = credentials["openid"], credentials["appkey"]

    def asks(self, path, *, method="GET", signed=(), base="/ofpay/mobile/", **fields):
        fields = {**fields, "key": self.key}
        if signed:
            values = "".join(fields[name] for name in signed)
            fields["sign"] = _md5(f"{self.openid}{self.key}{values}")
        target, query = f"{base}{path}", urlencode(fields)
        if method == "GET":
            return _request("GET", f"{target}?{query}", b"")
        return _request("POST", target, query.encode())

    def orders(self, orderid="T20250101001", phone="13800138000", face="50", **more):
        signed = ("phoneno", "cardnum", "orderid")
        return self.asks(
            "onlineorder", signed=signed, phoneno=phone, cardnum=face, orderid=orderid, **more
        )

    def flow(self, path, **fields):
        return self.asks(path, base="/flow/", **fields)

    def data(self, orderid="D20250101001", phone="13800138000", pid="88"):
        signed = ("phone", "pid", "orderid")
        return self.flow("recharge", signed=signed, phone=phone, pid=pid, orderid=orderid)

    def told(self, outgoing):
        told = _pairs(outgoing)
        right = _md5(self.key + told["sporder_id"] + told["orderid"])
        return told if told["sign"] == right else None
