"""A merchant of 易支付 V2, written from the protocol's facts alone: no line of the dialect's own code."""

import json
from urllib.parse import parse_qsl, urlencode, urlsplit

from alipay_client import fits, joined, signature
from independent_clients import as_request

from harness.core.clock import now_ns

UNSIGNED = ("sign", "sign_type")


def second():
    return now_ns() // 10**9


class EpayV2Merchant:
    def __init__(self, credentials):
        self.pid = credentials["pid"]
        self.private = credentials["merchant_private_key"]
        self.public = credentials["platform_public_key"]

    def fields(self, *, sign=None, **fields):
        fields = {"pid": self.pid, "timestamp": str(second()), "sign_type": "RSA"} | fields
        fields = {name: value for name, value in fields.items() if value is not None}
        right = signature(self.private, joined(fields, *UNSIGNED).encode())
        return fields | {"sign": right if sign is None else sign}

    def asks(self, path, **fields):
        body = urlencode(self.fields(**fields)).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return as_request("POST", f"/api/{path}", kind, body)

    def link(self, base, **fields):
        return f"{base}/api/pay/submit?{urlencode(self.fields(**fields))}"

    def checked(self, fields):
        """Return fields that the platform signed within five minutes; lists take no part."""
        flat = {k: str(v) for k, v in fields.items() if not isinstance(v, (list, dict))}
        fresh = abs(second() - int(flat["timestamp"])) <= 300
        right = fits(self.public, joined(flat, *UNSIGNED).encode(), flat["sign"])
        return fields if fresh and right else None

    def heard(self, answer):
        """Read an answer as SDKs do: only a yes is signed."""
        told = json.loads(answer.body)
        assert told["code"] != 0 or self.checked(told), told
        return told

    def told(self, outgoing):
        return self.checked(dict(parse_qsl(urlsplit(outgoing.url).query, keep_blank_values=True)))
