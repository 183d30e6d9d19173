"""A merchant of Alipay, written from the protocol's facts alone: no line of the dialect's own code."""

import base64
import json
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote_plus, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from independent_clients import as_request

from harness.core.clock import now_ns

_LOADED = {}


def loaded(pem):
    if pem not in _LOADED:  # 60 ms each
        private = "PRIVATE" in pem
        load = load_pem_private_key if private else load_pem_public_key
        _LOADED[pem] = load(pem.encode(), password=None) if private else load(pem.encode())
    return _LOADED[pem]


def signature(pem, text):
    signed = loaded(pem).sign(text, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signed).decode()


def octets(sign):
    """Return the bytes of a signature, None if it is no base64: several texts can stand for the same bytes."""
    try:
        return base64.b64decode(sign or "", validate=True)
    except ValueError:
        return None


def fits(pem, text, sign):
    try:
        loaded(pem).verify(octets(sign) or b"", text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def joined(fields, *without):
    return "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if v and k not in without)


def beijing_now():
    now = datetime.fromtimestamp(now_ns() // 10**9, timezone(timedelta(hours=8)))
    return now.strftime("%Y-%m-%d %H:%M:%S")


class AlipayMerchant:
    def __init__(self, credentials):
        self.app_id = credentials["app_id"]
        self.private = credentials["app_private_key"]
        self.public = credentials["alipay_public_key"]

    def fields(self, method, biz, *, charset="utf-8", sign=None, **common):
        """Sign the fields of one call; a field that is None is left out."""
        fields = {
            "app_id": self.app_id,
            "method": method,
            "format": "JSON",
            "charset": charset,
            "sign_type": "RSA2",
            "timestamp": beijing_now(),
            "version": "1.0",
            "biz_content": biz if isinstance(biz, str) else json.dumps(biz, ensure_ascii=False),
        } | common
        fields = {name: value for name, value in fields.items() if value is not None}
        codec = "gbk" if charset.lower() == "gbk" else "utf-8"
        text = joined(fields, "sign").encode(codec)
        return fields | {"sign": signature(self.private, text) if sign is None else sign}

    def asks(self, method, biz, *, way="post", charset="utf-8", **common):
        """Return a call as GET, as POST, or split over query and form."""
        fields = self.fields(method, biz, charset=charset, **common)
        codec = "gbk" if charset.lower() == "gbk" else "utf-8"
        apart = {
            "get": fields,
            "post": {},
            "split": {k: v for k, v in fields.items() if k != "biz_content"},
        }
        query = encoded(apart[way], codec)
        form = encoded({k: v for k, v in fields.items() if k not in apart[way]}, codec)
        target = "/gateway.do?" + query if query else "/gateway.do"
        kind = {"Content-Type": f"application/x-www-form-urlencoded;charset={charset}"}
        return as_request("GET" if way == "get" else "POST", target, kind, form.encode())

    def link(self, base, method, biz, **common):
        return f"{base}/gateway.do?{encoded(self.fields(method, biz, **common))}"

    def heard(self, method, body, codec="utf-8"):
        """Check an answer over the exact text of its inner object, as SDKs cut it out; return that."""
        text = body.decode(codec)
        node = method.replace(".", "_") + "_response"
        begin = text.index(f'"{node}":') + len(node) + 3
        end = text.rindex(',"sign":"')
        certified = text.rfind(',"alipay_cert_sn":"', 0, end)
        inner = text[begin : certified if certified > 0 else end]
        sign = json.loads(text)["sign"]
        assert fits(self.public, inner.encode(codec), sign), text
        return json.loads(inner)

    def told(self, outgoing):
        """Check a notification: neither sign nor sign_type are signed."""
        return self.checked(outgoing.body.decode())

    def returned(self, url):
        return self.checked(urlsplit(url).query)

    def checked(self, text):
        fields = dict(parse_qsl(text, keep_blank_values=True))
        right = fits(self.public, joined(fields, "sign", "sign_type").encode(), fields.get("sign"))
        return fields if right else None


def encoded(fields, codec="utf-8"):
    return "&".join(f"{k}={quote_plus(v, encoding=codec)}" for k, v in fields.items())
